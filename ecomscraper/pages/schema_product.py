"""A product as schema.org's vocabulary describes it, in whatever syntax: <https://schema.org/Product>."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ecomscraper.pages.availability import read_availability
from ecomscraper.pages.currencies import read_currency
from ecomscraper.pages.json_ld import Thing, local_name, types_of
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.price import Price
from ecomscraper.pages.product_fields import (
    ProductFields,
    count_of,
    gtin_of,
    price_of,
    rating_of,
    sku_of,
    text_of,
    url_of,
)
from ecomscraper.pages.variants import with_variants

Resolve = Callable[[Any], Any]

_GTINS = ("gtin13", "gtin", "gtin14", "gtin12", "gtin8", "ean", "ean13", "upc", "isbn")
_REGULAR = frozenset({"listprice", "srp", "msrp", "strikethroughprice", "regularprice", "suggestedretailprice"})
_NOT_ASKED = frozenset({"minimumadvertisedprice", "invoiceprice", "memberprice", "downpayment", "monthlypayment"})


class SchemaReader:
    """Reads products' nodes.

    `resolve` gives the node that a reference names.
    """

    def __init__(
        self, base_url: str, page_url: str, currency: PageCurrency, resolve: Resolve = lambda value: value
    ) -> None:
        self._base_url = base_url
        self._page_url = page_url
        self._currency = currency
        self._resolve = resolve

    def product(self, thing: Thing) -> tuple[ProductFields, list[ProductFields]]:
        """What the node says of the product that the page shows, and its variants or offers one by one."""
        own = self._own(thing)
        variants = [self._variant(one) for one in self._all(thing, "hasVariant", "model") if _is_product(one)]
        offers = self._offers(thing)
        if variants and not any(variant.price for variant in variants) and offers:
            variants = []
        if variants:
            return with_variants(with_variants(own, offers, self._page_url), variants, self._page_url), variants
        return with_variants(own, offers, self._page_url), offers

    def _variant(self, thing: Thing) -> ProductFields:
        return with_variants(self._own(thing), self._offers(thing), self._page_url)

    def _own(self, thing: Thing) -> ProductFields:
        rating = next((one for one in self._all(thing, "aggregateRating") if isinstance(one, dict)), {})
        currency = read_currency(text_of(self._first(thing, "priceCurrency")))
        price = self._price(self._first(thing, "price"), currency)
        return ProductFields(
            url=url_of(self._first(thing, "url"), self._base_url),
            name=text_of(self._first(thing, "name")),
            price=_positive(price),
            currency=(price.currency if price else None) or currency,
            availability=read_availability(self._first(thing, "availability")),
            sku=self._sku(thing),
            brand=self._name(thing, "brand") or self._name(thing, "manufacturer"),
            gtin=self._gtin(thing),
            image_url=self._image(thing),
            rating=rating_of(self._first(rating, "ratingValue"), self._first(rating, "bestRating")),
            review_count=count_of(self._first(rating, "reviewCount", "ratingCount")),
            description=text_of(self._first(thing, "description")),
        )

    def _price(self, value: Any, currency: str | None) -> Price | None:
        price = price_of(value, currency)
        return self._currency.settled(price) if price else None

    def _sku(self, thing: Thing) -> str | None:
        return sku_of(self._first(thing, "sku")) or _product_id(text_of(self._first(thing, "productID", "identifier")))

    def _gtin(self, thing: Thing) -> str | None:
        codes = [self._first(thing, name) for name in (*_GTINS, "productID")]
        return next(filter(None, map(gtin_of, codes)), None)

    def _image(self, thing: Thing) -> str | None:
        for one in self._all(thing, "image"):
            address = self._first(one, "contentUrl", "url", "src") if isinstance(one, dict) else one
            if isinstance(one, dict) and address is None:
                address = one.get("@id")
            if url := url_of(address, self._base_url):
                return url
        return None

    def _name(self, thing: Thing, key: str) -> str | None:
        for one in self._all(thing, key):
            if name := text_of(self._first(one, "name") if isinstance(one, dict) else one):
                return None if name.startswith(("http://", "https://")) else name
        return None

    def _offers(self, thing: Thing) -> list[ProductFields]:
        found = []
        offers = [one for one in self._all(thing, "offers", "offer", "offerDetails") if isinstance(one, dict)]
        for offer in [one for one in offers if not self._is_used(one)] or offers:
            parts = [one for one in self._all(offer, "offers") if isinstance(one, dict)]
            own = self._offer(offer)
            inner = [self._offer(part) for part in parts]
            inner = [
                replace(one, currency=one.currency or own.currency, availability=one.availability or own.availability)
                for one in inner
            ]
            found += inner if any(one.price for one in inner) else [own, *self._highest(offer, own)]
        return found

    def _offer(self, offer: Thing) -> ProductFields:
        currency = read_currency(text_of(self._first(offer, "priceCurrency")))
        asked, regular = self._specified(offer, currency)
        price = self._price(self._first(offer, "price"), currency)
        if "aggregateoffer" in types_of(offer):
            price = self._price(self._first(offer, "lowPrice"), currency) or price
        price = price if _positive(price) else asked or self._price(self._first(offer, "lowPrice"), currency)
        item = next((one for one in self._all(offer, "itemOffered") if isinstance(one, dict)), {})
        return ProductFields(
            url=url_of(self._first(offer, "url"), self._base_url),
            price=_positive(price),
            regular_price=regular.amount if regular and price and regular.amount > price.amount else None,
            currency=(price.currency if price else None) or currency,
            availability=read_availability(self._first(offer, "availability")),
            sku=self._sku(offer) or self._sku(item),
            gtin=self._gtin(offer) or self._gtin(item),
            image_url=self._image(offer),
        )

    def _highest(self, offer: Thing, lowest: ProductFields) -> list[ProductFields]:
        """The other end of an offer that is a range of prices."""
        price = self._price(self._first(offer, "highPrice"), lowest.currency)
        if lowest.price is None or price is None or price.amount <= lowest.price:
            return []
        return [replace(lowest, price=price.amount, regular_price=None)]

    def _is_used(self, offer: Thing) -> bool:
        condition = local_name(text_of(self._first(offer, "itemCondition")) or "").lower()
        return condition.startswith(("used", "refurbished", "damaged"))

    def _specified(self, offer: Thing, currency: str | None) -> tuple[Price | None, Price | None]:
        """(asked, regular) of the offer's price specifications; unit prices and members' prices are neither."""
        asked = regular = None
        for one in self._all(offer, "priceSpecification"):
            if not isinstance(one, dict) or one.get("validForMemberTier") or one.get("referenceQuantity"):
                continue
            of_currency = read_currency(text_of(self._first(one, "priceCurrency"))) or currency
            price = self._price(self._first(one, "price", "minPrice"), of_currency)
            kind = local_name(text_of(self._first(one, "priceType")) or "").lower()
            if kind in _REGULAR:
                regular = regular or price
            elif kind not in _NOT_ASKED:
                asked = asked or price
        return asked, regular

    def _all(self, thing: Any, *names: str) -> list[Any]:
        """The values of the first of `names` that the node has, references followed."""
        for name in names:
            value = _get(thing, name)
            if value is not None:
                return [self._resolve(one) for one in (value if isinstance(value, list) else [value])]
        return []

    def _first(self, thing: Any, *names: str) -> Any:
        """The first plain value of the first of `names` that has one which is not blank."""
        values = (_plain(value) for name in names for value in self._all(thing, name))
        return next((value for value in values if value not in (None, "")), None)


def _plain(value: Any) -> Any:
    """What a value object or a reference stands for: {"@value": …}, {"value": …}, {"@id": …}."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("@value", "value", "@id") if key in value), None)
    return None if isinstance(value, (dict, list)) else value


def _get(thing: Any, name: str) -> Any:
    if not isinstance(thing, dict):
        return None
    for key in (name, f"schema:{name}", f"http://schema.org/{name}", f"https://schema.org/{name}"):
        if key in thing:
            return thing[key]
    return next((value for key, value in thing.items() if key.lower() == name.lower()), None)


def _is_product(value: Any) -> bool:
    return isinstance(value, dict) and ("offers" in value or "sku" in value or bool(types_of(value)))


def _positive(price: Price | None) -> Any:
    """A price of 0 is what software prints that knows none."""
    return price.amount if price and price.amount else None


def _product_id(text: str | None) -> str | None:
    """ "sku:A-1" → "A-1"; an identifier of another kind (isbn:, mpn:) is no SKU."""
    kind, colon, rest = (text or "").partition(":")
    return sku_of(rest if kind.lower() == "sku" else None) if colon else sku_of(text)

"""A product's fields from where its profile says that they stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from ecomscraper.pages.availability import read_availability
from ecomscraper.pages.currencies import read_currency
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.price import Price, read_price, read_price_pair
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
from ecomscraper.pages.product_selectors import ProductSelectors

_Reader = Callable[[Any, PageCurrency], Price | None]


class Answers(Protocol):
    """Something that answers to places: a page, a card of it, a product in an API's answer."""

    def first(self, places: tuple[str, ...], read: Callable[[Any], Any]) -> tuple[Any, str]:
        """(value, place) of the first place that `read` makes something of; (None, "") else."""


_MACHINE = ("jsonld:", "microdata:", "og:", "json:")


def read_selected(
    places: Answers, selectors: ProductSelectors | None, currency: PageCurrency, base_url: str
) -> ProductFields:
    """What the places of `selectors` give, each field's source being its place; None where they give nothing."""
    if selectors is None or not selectors.given():
        return ProductFields()
    readers: dict[str, Callable[[Any], Any]] = {
        "url": lambda raw: url_of(raw, base_url),
        "name": text_of,
        "currency": lambda raw: read_currency(text_of(raw)),
        "availability": read_availability,
        "sku": sku_of,
        "brand": text_of,
        "gtin": gtin_of,
        "image_url": lambda raw: url_of(raw, base_url),
        "rating": rating_of,
        "review_count": count_of,
        "description": text_of,
    }
    found: dict[str, Any] = {}
    source: dict[str, str] = {}
    prices: dict[str, Price] = {}
    for name, alternatives in selectors.given():
        if name in readers:
            value, place = places.first(alternatives, readers[name])
        else:
            value, place = _first_price(places, alternatives, currency, _READERS[name])
            if value is not None:
                prices[name], value = value, value.amount
        if value is not None:
            found[name], source[name] = value, place
    if "currency" not in found and (price := prices.get("price")) and price.currency:
        found["currency"], source["currency"] = price.currency, source["price"]
    return ProductFields(**found, source=source)


def _first_price(
    places: Answers, alternatives: tuple[str, ...], currency: PageCurrency, printed: _Reader
) -> tuple[Price | None, str]:
    for place in alternatives:
        read = _machine_price if place.startswith(_MACHINE) else printed
        price, _ = places.first((place,), partial(_read_with, read, currency))
        if price is not None:
            return currency.settled(price), place
    return None, ""


def _read_with(read: _Reader, currency: PageCurrency, raw: Any) -> Price | None:
    return read(raw, currency)


def _machine_price(raw: Any, currency: PageCurrency) -> Price | None:
    return price_of(raw, currency.stated)


def _asked(raw: Any, currency: PageCurrency) -> Price | None:
    return read_price(str(raw), currency_hint=currency.stated)


def _struck_out(raw: Any, currency: PageCurrency) -> Price | None:
    """An old price that stands alone may say so: "was £40"."""
    price, regular = read_price_pair(str(raw), currency_hint=currency.stated)
    return regular or price


_READERS: dict[str, _Reader] = {"price": _asked, "regular_price": _struck_out}

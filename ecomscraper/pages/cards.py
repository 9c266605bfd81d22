"""The products of a listing from their cards alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ecomscraper.pages.availability import availability_of_classes, read_availability
from ecomscraper.pages.card_forms import filled_layout
from ecomscraper.pages.card_layout import CardLayout
from ecomscraper.pages.document import Document
from ecomscraper.pages.marked_values import (
    image_of,
    seen_text,
    shown_availability,
    shown_brand,
    shown_count,
    shown_description,
    shown_gtin,
    shown_rating,
    shown_sku,
    whole_name,
)
from ecomscraper.pages.marks import Marks
from ecomscraper.pages.page_currency import PageCurrency, page_currency
from ecomscraper.pages.price_block import TEXT_TAGS, first_price_of, unmarked_price
from ecomscraper.pages.product_fields import FIELDS, ProductFields, sku_of, text_of, url_of
from ecomscraper.pages.product_selectors import Places, ProductSelectors
from ecomscraper.pages.selected_fields import read_selected

CARD = "card"

# Of an address in lower case: to search it without regard to case takes eight times as long.
_NO_PRODUCT_LINK = re.compile(
    r"add-?to-?cart|add_to_cart|wish-?list|compare|quick-?view|quick-?shop|/cart|/basket|/login|/account"
    r"|\?variant=&|&variant=&|#reviews?$"
)
_NO_ADDRESS = ("#", "javascript:", "mailto:", "tel:")

_RARE = frozenset({"brand", "gtin", "rating", "count", "description"})


def read_cards(
    document: Document, *, card: str, selectors: ProductSelectors | None = None, base_url: str = ""
) -> list[ProductFields]:
    """One product for each match of `card`, in document order; a match that names no product gives none.

    What `selectors` find in a card goes first, then marks that many shops' software sets. `base_url` is where
    relative links start from unless the page has a `<base>`; "" is the page's own address.
    """
    currency = page_currency(document, url=base_url)
    base = document.base_url if document.url else base_url  # once: it is looked for in the whole page
    products = [_product(part, selectors, currency, base) for part in document.parts(card)]
    return [product for product in products if product is not None]


def _product(
    card: Document, selectors: ProductSelectors | None, currency: PageCurrency, base: str
) -> ProductFields | None:
    base = base or card.url
    html = card.html
    layout = (html and filled_layout(html)) or CardLayout(card.tree)
    fields = card_values(layout, currency, base)
    places: Mapping[str, str] = {}
    if selectors is not None and selectors.given():
        selected = read_selected(Places(card), selectors, currency, base)
        given = {name: value for name in FIELDS if (value := getattr(selected, name)) is not None}
        if "price" in given and "regular_price" not in given and (fields["regular_price"] or 0) < given["price"]:
            given["regular_price"] = given["price"]
        fields |= given
        places = selected.source
    if fields["name"] is None or (fields["url"] is None and fields["price"] is None and fields["sku"] is None):
        return None
    source = {name: places.get(name, CARD) for name in FIELDS if fields[name] is not None}
    return ProductFields(**fields, source=source)


def card_values(card: CardLayout, currency: PageCurrency, base: str) -> dict[str, Any]:
    """A value for each of FIELDS."""
    marks = card.marks
    link = _link(card)
    (price, regular), _ = first_price_of(card.prices, currency=currency.stated)
    if price is None:
        (price, regular), _ = unmarked_price(card.card.iter(*TEXT_TAGS), currency=currency.stated)
    if price is not None:
        price = currency.settled(price)
    amount = price.amount if price and price.amount else None
    fields = dict.fromkeys(FIELDS) | {
        "url": url_of(link.get("href") if link is not None else _stated_url(marks), base),
        "name": _name(card, link),
        "price": amount,
        "regular_price": regular.amount if amount and regular else amount,
        "currency": price.currency if price else None,
        "availability": _availability(card),
        "sku": _sku(card),
        "image_url": image_of(card.pictures, base),
    }
    if not _RARE.isdisjoint(marks.found):
        fields |= _rare_values(marks)
    return fields


def _rare_values(marks: Marks) -> dict[str, Any]:
    return {
        "brand": shown_brand(marks.all("brand")),
        "gtin": shown_gtin(marks.all("gtin")),
        "rating": shown_rating(marks.all("rating")),
        "review_count": shown_count(marks.all("count") or marks.all("rating")),
        "description": shown_description(
            marks.all("description"), [*marks.all("price"), *marks.all("name"), *marks.all("heading")]
        ),
    }


def _link(card: CardLayout) -> Any:
    """The link to the product's page: the one of its name, else the first that does nothing else."""
    for of_name in card.links_of_names:
        for one in of_name:
            if _may_lead_to_product(one):
                return one
    good = filter(_may_lead_to_product, [*card.product_links, *card.links])
    return next(good, None)


def _may_lead_to_product(link: Any) -> bool:
    href = (link.get("href") or "").strip().lower()
    return bool(href) and not href.startswith(_NO_ADDRESS) and not _NO_PRODUCT_LINK.search(href)


def _stated_url(marks: Marks) -> str | None:
    return next((value for one in marks.all("url") if (value := one.get("href") or one.get("content"))), None)


def _name(card: CardLayout, link: Any) -> str | None:
    """The name's element, a heading, what the link is called, the picture's alternative text: the first with text."""
    pictures = card.marks.all("picture")
    for one in card.names:
        if name := whole_name(one, pictures):
            return name
    if link is not None:
        same = [link, *(one for one in card.marks.all("link") if one.get("href") == link.get("href"))]
        names = [
            text_of(one.get("title")) or (whole_name(one, pictures) if one is not card.card else None) for one in same
        ]
        if name := next(filter(None, [*names, text_of(link.get("aria-label"))]), None):
            return name
    return next((name for one in pictures if (name := text_of(one.get("alt")))), None)


def _sku(card: CardLayout) -> str | None:
    for one, attribute in card.sku_places:
        if (stated := one.get(attribute)) and (sku := sku_of(stated)):
            return sku
    return shown_sku(card.marks.all("sku"))


def _availability(card: CardLayout) -> str | None:
    classes = availability_of_classes((card.card.get("class") or "").split())
    if classes:
        return classes
    if stated := shown_availability(card.marks.all("stock")):
        return stated
    return next((term for one in card.badges if (term := read_availability(seen_text(one))) is not None), None)

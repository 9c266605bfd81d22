"""The products of a listing from their cards alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ecomscraper.pages.availability import availability_of_classes, read_availability
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
from ecomscraper.pages.marks import Marks, read_marks
from ecomscraper.pages.page_currency import PageCurrency, page_currency
from ecomscraper.pages.price_block import TEXT_TAGS, first_price, unmarked_price
from ecomscraper.pages.product_fields import FIELDS, ProductFields, sku_of, text_of, url_of
from ecomscraper.pages.product_selectors import Places, ProductSelectors
from ecomscraper.pages.selected_fields import read_selected

CARD = "card"

_NO_PRODUCT_LINK = re.compile(
    r"add-?to-?cart|add_to_cart|addtocart|wish-?list|compare|quick-?view|quick-?shop|/cart|/basket"
    r"|/login|/account|[?&]variant=&|#reviews?$|^(?:#|javascript:|mailto:|tel:)",
    re.IGNORECASE,
)
_NO_PRODUCT_CLASS = re.compile(
    r"add[-_]to[-_]cart|wish-?list|compare|quick-?view|brand|vendor|manufacturer|category|review"
    r"|(?:^|[\s_-])badge(?:$|[\s_-])",
    re.IGNORECASE,
)
_PRODUCT_CLASS = re.compile(
    r"product-?(?:item-)?link|loopproduct-link|product[-_]{1,2}(?:link|title|name)|full-unstyled-link"
    r"|card-link|stretched-link",
    re.IGNORECASE,
)
_SKU_ATTRIBUTES = ("data-product_sku", "data-sku", "data-product-sku", "data-product-code", "data-item-sku")
_BADGE = re.compile(r"(?:^|[\s_-])(?:badge|label|flag|tag|overlay)", re.IGNORECASE)


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
    fields = _general(card.tree, currency, base)
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


def _general(card: Any, currency: PageCurrency, base: str) -> dict[str, Any]:
    """A value for each of FIELDS."""
    marks = read_marks(card)
    link = _link(card, marks)
    (price, regular), _ = first_price(marks.all("price"), currency=currency.stated)
    if price is None:
        (price, regular), _ = unmarked_price(card.iter(*TEXT_TAGS), currency=currency.stated)
    if price is not None:
        price = currency.settled(price)
    amount = price.amount if price and price.amount else None
    counts = marks.all("count") or marks.all("rating")
    return {
        "url": url_of(link.get("href") if link is not None else _stated_url(marks), base),
        "name": _name(card, marks, link),
        "price": amount,
        "regular_price": regular.amount if amount and regular else amount,
        "currency": price.currency if price else None,
        "availability": _availability(card, marks),
        "sku": _sku(card, marks),
        "brand": shown_brand(marks.all("brand")),
        "gtin": shown_gtin(marks.all("gtin")),
        "image_url": image_of([*marks.all("image"), *marks.all("picture")], base),
        "rating": shown_rating(marks.all("rating")),
        "review_count": shown_count(counts),
        "description": shown_description(
            marks.all("description"), [*marks.all("price"), *marks.all("name"), *marks.all("heading")]
        ),
    }


def _link(card: Any, marks: Marks) -> Any:
    """The link to the product's page: the one of its name, else the first that does nothing else."""
    links = [card] if card.tag == "a" else marks.all("link")
    good = [one for one in links if (one.get("href") or "").strip() and not _is_other_link(one)]
    if not good:
        return None
    names = [*marks.all("name"), *marks.all("heading")]
    for name in names:
        around = {name, *name.iterancestors("a"), *name.iterdescendants("a")}
        own = next((one for one in good if one in around), None)
        if own is not None:
            return own
    return next((one for one in good if _PRODUCT_CLASS.search(one.get("class") or "")), good[0])


def _is_other_link(link: Any) -> bool:
    if _NO_PRODUCT_LINK.search(link.get("href").strip()):
        return True
    return _is_of_other_link(f"{link.get('class') or ''} {link.get('rel') or ''}")


@lru_cache(maxsize=1024)  # the cards of a listing are made alike
def _is_of_other_link(words: str) -> bool:
    return bool(_NO_PRODUCT_CLASS.search(words)) and not _PRODUCT_CLASS.search(words)


def _stated_url(marks: Marks) -> str | None:
    return next((value for one in marks.all("url") if (value := one.get("href") or one.get("content"))), None)


def _name(card: Any, marks: Marks, link: Any) -> str | None:
    """The name's element, a heading, what the link is called, the picture's alternative text: the first with text."""
    stated = [one for one in marks.all("name") if "name" in (one.get("itemprop") or "").lower().split()]
    around_prices = {above for price in marks.all("price") for above in (price, *price.iterancestors())}
    # What is marked as a name and holds the price, too, is more than the name.
    marked = [one for one in marks.all("name") + marks.all("heading") if one not in around_prices]
    pictures = marks.all("picture")
    for one in [*stated, *marked]:
        if name := whole_name(one, pictures):
            return name
    if link is not None:
        same = [link, *(one for one in marks.all("link") if one.get("href") == link.get("href"))]
        names = [text_of(one.get("title")) or (whole_name(one, pictures) if one is not card else None) for one in same]
        if name := next(filter(None, [*names, text_of(link.get("aria-label"))]), None):
            return name
    return next((name for one in pictures if (name := text_of(one.get("alt")))), None)


def _sku(card: Any, marks: Marks) -> str | None:
    for one in [card, *marks.all("button"), *marks.all("link")]:
        for attribute in _SKU_ATTRIBUTES:
            if (stated := one.get(attribute)) and (sku := sku_of(stated)):
                return sku
    return shown_sku(marks.all("sku"))


def _availability(card: Any, marks: Marks) -> str | None:
    classes = availability_of_classes((card.get("class") or "").split())
    if classes:
        return classes
    if stated := shown_availability(marks.all("stock")):
        return stated
    for one in card.iter("span", "div", "p", "li", "strong"):
        if _BADGE.search(one.get("class") or "") and len(one) <= 2:
            term = read_availability(seen_text(one))
            if term is not None:
                return term
    return None

"""Where a card says what, as its tags and classes tell."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ecomscraper.pages.marks import read_marks
from ecomscraper.pages.price_block import PriceBlock

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
_BADGE_TAGS = ("span", "div", "p", "li", "strong")


class CardLayout:
    """The elements to ask for each field, the best first. None of it depends on a text, an address or a number."""

    __slots__ = (
        "badges", "card", "links", "links_of_names", "marks", "names", "pictures", "prices", "product_links",
        "sku_places",
    )  # fmt: skip

    def __init__(self, card: Any) -> None:
        self.card = card
        """The element of lxml around it all."""
        self.marks = marks = read_marks(card)
        links = [card] if card.tag == "a" else marks.all("link")
        self.links = [one for one in links if not _is_other_link(one.get("class") or "", one.get("rel") or "")]
        """Those that may lead to the product's page."""
        names = marks.all("name") + marks.all("heading")
        self.links_of_names = [_links_around(name, self.links) for name in names]
        """Of these, for each name, those that are it, hold it, or are in it."""
        self.product_links = [one for one in self.links if _PRODUCT_CLASS.search(one.get("class") or "")]
        """Of these, those that say that they do."""
        stated = [one for one in marks.all("name") if "name" in (one.get("itemprop") or "").lower().split()]
        around_prices = {above for price in marks.all("price") for above in (price, *price.iterancestors())}
        # What is marked as a name and holds the price, too, is more than the name.
        self.names = stated + [one for one in names if one not in around_prices]
        self.prices = [PriceBlock(one) for one in marks.all("price")]
        self.badges = [
            one for one in card.iter(*_BADGE_TAGS) if len(one) <= 2 and has_badge_class(one.get("class") or "")
        ]
        """Small elements that may say that it is sold out."""
        self.pictures = marks.all("image") + marks.all("picture")
        self.sku_places = [
            (one, name)
            for one in (card, *marks.all("button"), *marks.all("link"))
            for name in _SKU_ATTRIBUTES
            if name in one.attrib
        ]
        """Elements and the attributes of theirs that hold the SKU."""


def _links_around(name: Any, links: list[Any]) -> list[Any]:
    around = {name, *name.iterancestors("a"), *name.iterdescendants("a")}
    return [one for one in links if one in around]


@lru_cache(maxsize=1024)  # the cards of a listing are made alike
def _is_other_link(classes: str, relation: str) -> bool:
    words = f"{classes} {relation}"
    return bool(_NO_PRODUCT_CLASS.search(words)) and not _PRODUCT_CLASS.search(words)


@lru_cache(maxsize=1024)
def has_badge_class(classes: str) -> bool:
    """Whether these are the classes of something that is stuck on a card."""
    return _BADGE.search(classes) is not None

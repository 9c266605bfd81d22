"""What a card says, read from its tree."""

from __future__ import annotations

import re
from typing import Any

from ecomscraper.pages.availability import availability_of_classes, read_availability
from ecomscraper.pages.card_layout import CardLayout
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
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.price import PricePair
from ecomscraper.pages.price_block import TEXT_TAGS, first_price_of, unmarked_price
from ecomscraper.pages.product_fields import FIELDS, sku_of, text_of, url_of

# Of an address in lower case: to search it without regard to case takes eight times as long.
_NO_PRODUCT_LINK = re.compile(
    r"add-?to-?cart|add_to_cart|wish-?list|compare|quick-?view|quick-?shop|/cart|/basket|/login|/account"
    r"|\?variant=&|&variant=&|#reviews?$"
)
_NO_ADDRESS = ("#", "javascript:", "mailto:", "tel:")

_NOTHING: dict[str, Any] = dict.fromkeys(FIELDS)
_RARE = frozenset({"brand", "gtin", "rating", "count", "description"})


def card_values(card: CardLayout, currency: PageCurrency, base: str) -> dict[str, Any]:
    """A value for each of FIELDS."""
    return CardReader(card, currency, base).values()


class CardReader:
    """Reads one card; each method gives what it says of one thing, None where it says nothing."""

    __slots__ = ("_base", "_currency", "_layout")

    def __init__(self, layout: CardLayout, currency: PageCurrency, base: str) -> None:
        self._layout = layout
        self._currency = currency
        self._base = base

    @property
    def card(self) -> CardLayout:
        """Where in the tree of this card what stands."""
        return self._layout

    def values(self) -> dict[str, Any]:
        """A value for each of FIELDS."""
        price, regular = self.prices()
        if price is not None:
            price = self._currency.settled(price)
        amount = price.amount if price and price.amount else None
        fields = _NOTHING | {
            "url": self.url(),
            "name": self.name(),
            "price": amount,
            "regular_price": regular.amount if amount and regular else amount,
            "currency": price.currency if price else None,
            "availability": self.availability(),
            "sku": self.sku(),
            "image_url": self.image_url(),
        }
        if not _RARE.isdisjoint(self._layout.marks.found):
            fields |= _rare_values(self.card.marks)
        return fields

    def url(self) -> str | None:
        card = self.card
        link = _link(card)
        return url_of(link.get("href") if link is not None else _stated_url(card.marks), self._base)

    def name(self) -> str | None:
        """Its name or heading, what the link is called, the picture's alternative text: the first with text."""
        return _name(self.card)

    def prices(self) -> PricePair:
        """What is asked, and what was."""
        card, stated = self.card, self._currency.stated
        pair, _ = first_price_of(card.prices, currency=stated)
        if pair.price is None:
            pair, _ = unmarked_price(card.card.iter(*TEXT_TAGS), currency=stated)
        return pair

    def availability(self) -> str | None:
        card = self.card
        return of_own_classes(card.card.get("class") or "") or shown_stock(card)

    def sku(self) -> str | None:
        card = self.card
        for one, attribute in card.sku_places:
            if (stated := one.get(attribute)) and (sku := sku_of(stated)):
                return sku
        return shown_sku(card.marks.all("sku"))

    def image_url(self) -> str | None:
        return image_of(self.card.pictures, self._base)


def of_own_classes(classes: str) -> str | None:
    """Whether the product can be had, as the classes of its card say."""
    return availability_of_classes(classes.split())


def shown_stock(card: CardLayout) -> str | None:
    """The same, as what is in the card says."""
    if stated := shown_availability(card.marks.all("stock")):
        return stated
    return next((term for one in card.badges if (term := read_availability(seen_text(one))) is not None), None)


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
            if may_lead_to_product(one.get("href")):
                return one
    return next((one for one in (*card.product_links, *card.links) if may_lead_to_product(one.get("href"))), None)


def may_lead_to_product(href: str | None) -> bool:
    """Whether a link does nothing else, as far as its address tells."""
    href = (href or "").strip().lower()
    return bool(href) and not href.startswith(_NO_ADDRESS) and not _NO_PRODUCT_LINK.search(href)


def _stated_url(marks: Marks) -> str | None:
    return next((value for one in marks.all("url") if (value := one.get("href") or one.get("content"))), None)


def _name(card: CardLayout) -> str | None:
    pictures = card.marks.all("picture")
    for one in card.names:
        if name := whole_name(one, pictures):
            return name
    if (link := _link(card)) is not None:
        same = [link, *(one for one in card.marks.all("link") if one.get("href") == link.get("href"))]
        names = [
            text_of(one.get("title")) or (whole_name(one, pictures) if one is not card.card else None) for one in same
        ]
        if name := next(filter(None, [*names, text_of(link.get("aria-label"))]), None):
            return name
    return next((name for one in pictures if (name := text_of(one.get("alt")))), None)

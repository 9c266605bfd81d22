"""Finds the cards of a listing on a page that nothing is known of: what repeats, and holds a link and a price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import Document
from ecomscraper.pages.element_selectors import is_telling, selector_of
from ecomscraper.pages.marks import read_marks
from ecomscraper.pages.price import read_price
from ecomscraper.pages.price_block import TEXT_TAGS
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.short_text import short_text

FEWEST_CARDS = 2
_MOST_PRICES = 2000
_MOST_TEXTS = 20_000
_MOST_GROUPS = 60
_MOST_LEVELS = 15  # of elements between a price and its card
_LONGEST_PRICE = 60  # characters
_MOST_CHILDREN = 4

_Kind = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundCards:
    """What repeats on a page."""

    selector: str
    """Matches each card once."""
    products: list[ProductFields]
    """What the cards give, in document order."""

    @property
    def whole(self) -> int:
        """How many different products have a name, an address and a price."""
        return whole_products(self.products)


def whole_products(products: list[ProductFields]) -> int:
    """How many different products have a name, an address and a price."""
    return len({one.url for one in products if one.name and one.url and one.price is not None})


def find_cards(document: Document) -> FoundCards | None:
    """The cards that give the most products with name, address and price; None where fewer than two do.

    Where several parts of the page give the same products, that which tells most of them is taken, then the one whose
    name says what it is, then the outermost.
    """
    found = [(cards, depth) for cards, depth in _read_groups(document) if cards.whole >= FEWEST_CARDS]
    best = max(found, key=lambda one: (one[0].whole, _told(one[0]), is_telling(one[0].selector), -one[1]), default=None)
    return best[0] if best else None


def _told(cards: FoundCards) -> int:
    return sum(getattr(product, name) is not None for product in cards.products for name in FIELDS)


def _read_groups(document: Document) -> Iterator[tuple[FoundCards, int]]:
    """What each group of like elements gives, and how deep in the page it lies."""
    groups: dict[_Kind, dict[Any, None]] = {}
    for price in islice(_prices(document.tree), _MOST_PRICES):
        for element in islice(chain([price], price.iterancestors()), _MOST_LEVELS):
            if element.tag in {"body", "html"}:
                break
            groups.setdefault(_kind(element), {})[element] = None
    large = sorted((group for group in groups.values() if len(group) >= FEWEST_CARDS), key=len, reverse=True)
    most = FEWEST_CARDS
    for group in large[:_MOST_GROUPS]:
        cards = [element for element in group if _has_link(element)]
        if len(cards) >= most and (selector := _selector(cards, document)):  # fewer cannot give as many products
            found = FoundCards(selector, read_cards(document, card=selector, base_url=document.url))
            most = max(most, found.whole)
            yield found, sum(1 for _ in cards[0].iterancestors())


def _selector(cards: list[Any], document: Document) -> str | None:
    """Matches of one kind only: a product without a price is a card, one in a box beside the listing is none."""
    kind = _kind(cards[0])
    return selector_of(cards, document, lambda matched: all(_kind(one) == kind for one in matched))


def _prices(tree: Any) -> Iterator[Any]:
    """The elements that are marked as prices, and those that say little more than an amount with a sign."""
    marked = read_marks(tree).all("price")
    yield from marked
    if marked:
        return
    for element in islice(tree.iter(*TEXT_TAGS), _MOST_TEXTS):
        if len(element) <= _MOST_CHILDREN:
            price = read_price(short_text(element, _LONGEST_PRICE))
            if price is not None and price.signs:
                yield element


def _has_link(element: Any) -> bool:
    return next((one for one in element.iter("a") if one.get("href")), None) is not None


def _kind(element: Any) -> _Kind:
    """Where an element stands: its tag, and tags and classes of the two elements around it."""
    around = list(islice(element.iterancestors(), 2))
    return (element.tag, *(f"{one.tag} {one.get('class') or ''} {one.get('id') or ''}" for one in around))

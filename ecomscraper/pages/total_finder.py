"""Finds where a listing prints how many products it has, on a page that nothing is known of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecomscraper.pages.document import Document
from ecomscraper.pages.element_selectors import is_telling, selector_of
from ecomscraper.pages.integers import read_integers
from ecomscraper.pages.price import read_price
from ecomscraper.pages.short_text import short_text

_TAGS = ("p", "span", "div", "strong", "b", "em", "small", "form", "label", "h1", "h2", "h3", "h4", "li", "td", "nav")
_LONGEST = 160  # characters
_MOST_ELEMENTS = 20_000
_MOST_CANDIDATES = 10
_WORDS = re.compile(
    r"results?|products?|items?|articles?|artikel|produkte|ergebnisse|treffer|produits|résultats|productos|resultados"
    r"|artículos|produtos|itens|prodotti|risultati|articoli|producten|resultaten|produktów|wyników|produktů|položek"
    r"|produkter|varor|træffer|varer|tuotetta|ürün|sonuç|termék|produse|товар|результат|продукт|προϊόντα|件|商品|상품"
    r"|个商品|منتج|מוצרים|สินค้า|sản phẩm|produk",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundTotal:
    """Where a number of products is printed."""

    selector: str
    value: int


def find_total(document: Document, *, card: str, cards: int, last_page: int | None) -> FoundTotal | None:
    """The number that fits what the page shows; None where none does.

    A number fits that stands beside the first and the last place of this first page, "1–16 of 188"; or that makes
    `last_page` pages of `cards` products each; or, where the last page is not known, that is said to count products.
    It is the largest one of its text, as a profile reads it. A text whose place has a telling name goes first.
    """
    found: list[tuple[int, int, Any, int]] = []
    for order, (element, text, numbers) in enumerate(_texts(document, card)):
        total = max(numbers)
        rank = _rank(text, numbers, cards, last_page)
        if rank is not None:
            found.append((rank, len(text) * _MOST_ELEMENTS - order, element, total))
    selected = [
        FoundTotal(selector, total)
        for _, _, element, total in sorted(found, key=lambda one: one[:2])[:_MOST_CANDIDATES]
        if (selector := _selector(element, document))
    ]
    return next((one for one in selected if is_telling(one.selector)), selected[0] if selected else None)


def _selector(element: Any, document: Document) -> str | None:
    """Matches what says the same only: a total is often printed above and below the cards."""
    said = short_text(element, _LONGEST)
    return selector_of([element], document, lambda matched: all(short_text(one, _LONGEST) == said for one in matched))


def _texts(document: Document, card: str) -> Iterator[tuple[Any, str, list[int]]]:
    """The short texts with numbers beside the cards: neither in one nor around them, and no prices."""
    tree = document.tree  # before the cards, which are elements of it then
    cards = [part.tree for part in document.parts(card)]
    inside = {inner for one in cards for inner in one.iter()}
    around = {above for one in cards[:1] for above in one.iterancestors()}
    for count, element in enumerate(tree.iter(*_TAGS)):
        if count == _MOST_ELEMENTS:
            return
        if element in inside or element in around:
            continue
        text = short_text(element, _LONGEST)
        numbers = read_integers(text)
        price = read_price(text) if numbers else None
        if numbers and not (price is not None and price.signs):
            yield element, text, numbers


def _rank(text: str, numbers: list[int], cards: int, last_page: int | None) -> int | None:
    """How well a text fits, 0 best; None for not at all."""
    total = max(numbers)
    if total < cards or (last_page is not None and -(-total // cards) != last_page):
        return None
    says_products = _WORDS.search(text) is not None
    if {1, cards} <= set(numbers) and len(numbers) == 3:
        return 0
    if last_page is not None and last_page > 1 and total not in (cards, last_page) and len(numbers) <= 3:
        return 1 if says_products else 2
    return 3 if says_products and len(numbers) == 1 and (total > cards or last_page in (None, 1)) else None

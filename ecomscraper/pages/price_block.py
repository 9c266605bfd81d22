"""The part of a page around one product's price: what is asked, what was, and what is neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from ecomscraper.pages.currencies import read_currency
from ecomscraper.pages.document import collapse
from ecomscraper.pages.lxml_tree import string_of
from ecomscraper.pages.price import Price, PricePair, read_price_pair
from ecomscraper.pages.product_fields import price_of

TEXT_TAGS = ("span", "div", "p", "b", "strong", "em", "td", "dd", "h2", "h3", "h4", "h5", "a", "li", "small")
"""In which a price may stand without any mark."""

_MOST_CHILDREN = 4
_LONGEST_UNMARKED = 60  # characters
_LEVELS_BESIDE = 3
_OLD_TAGS = frozenset({"del", "s", "strike"})
_INLINE = frozenset(
    {"a", "b", "bdi", "big", "data", "del", "em", "font", "i", "ins", "meta", "small", "span", "strong", "sub", "sup"}
)
_OLD = re.compile(
    r"(?:^|[\s_-])(?<!with[-_])(?<!has[-_])(?<!no[-_])(?:old|was|strike\w*|stroke|crossed|compare\w*"
    r"|rrp|msrp|srp|uvp|pvpr|previous"
    r"|before|original|line-through|linethrough|list-?price|former|retail|ancien|antes|statt)(?:$"
    r"|[\s_-])"
    r"|(?:old|was|compare|list|original|strike)[A-Z]\w*|(?:was|old)price",
)
_NEW = re.compile(
    r"(?:^|[\s_-])(?:special|sale|current|final|now|new|actual|offer|promo|discounted|reduced|our|sales)(?:$|[\s_-])"
    r"|(?:sale|current|final|special)[A-Z]\w*",
)
_NEITHER = re.compile(
    r"(?:^|[\s_-])(?:unit-price|price-per-unit|product-unit-price|unit_price|per-unit|instal\w*"
    r"|monthly|savings?|save|you-save|saved|badge|discount-percentage|discount-amount"
    r"|percentage|tax-info|taxes|shipping\w*|points|omnibus|lowest-price|tooltip|klarna|afterpay"
    r"|price-history|tier|onsale|label-discount|price-excluding-tax|price-excl\w*|delivery)(?:$"
    r"|[\s_-])",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"(?:^|\s)(?:screen-reader-text|visually-?hidden\S*|sr-only|a11y\S*|assistive\S*)(?:\s|$)")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_CENTS = re.compile(r"(?:^|[\s_-])(?:cents?|fraction|decimals?|minor|pennies|sup)(?:$|[\s_-])")
_AMOUNT_KINDS = {"finalPrice": "new", "oldPrice": "old", "basePrice": "neither", "baseOldPrice": "neither"}


TEXT, TAIL = "text>", "tail>"
"""Names of what is no attribute of an element: its text before its first child, the text behind it."""

Place = tuple[Any, str]
"""An element of lxml, and which attribute of it; or TEXT, TAIL."""


class _Text(NamedTuple):
    """A piece of text: the number of its place, and how it follows what is before it."""

    place: int
    is_inline: bool
    is_cents: bool


class PriceBlock:
    """An element around one price: which of its texts say what is asked, which what was, which neither.

    Where they stand depends on tags, classes and the like alone; what stands there is another matter.
    """

    __slots__ = ("_amounts", "_currencies", "_texts", "element", "places")

    def __init__(self, element: Any) -> None:
        self.element = element
        """The element of lxml."""
        self.places: list[Place] = []
        """All that decides what it says."""
        self._texts: dict[str, list[_Text]] = {}  # by kind
        self._amounts: list[tuple[str, int]] = []  # (kind, place)
        self._currencies: list[int] = []
        whole = _kind(element, "plain")
        self._add(element, "plain" if whole == "neither" else whole)

    def _add(self, element: Any, kind: str) -> None:
        tag = element.tag
        if not isinstance(tag, str) or tag in {"script", "style", "template", "button", "svg"}:
            return
        self._add_attributes(element, kind)
        is_inline, is_cents = tag in _INLINE, _is_cents(tag, element.get("class") or "")
        texts = [] if kind == "neither" else self._texts.setdefault(kind, [])
        if element.text:
            texts.append(_Text(self._place(element, TEXT), is_inline, is_cents))
        for child in element:
            if isinstance(child.tag, str):
                self._add(child, _kind(child, kind))
            if child.tail:
                texts.append(_Text(self._place(child, TAIL), is_inline, is_cents))

    def _add_attributes(self, element: Any, kind: str) -> None:
        names = (element.get("itemprop") or "").lower().split()
        if "pricecurrency" in names:
            self._currencies.append(self._place(element, "content"))
        elif kind != "neither" and ("data-price-amount" in element.attrib or "price" in names):
            kind = "plain" if kind in {"hidden", "spoken"} else kind
            self._amounts.append((kind, self._place(element, "data-price-amount")))
            if "price" in names:
                self._amounts.append((kind, self._place(element, "content")))

    def _place(self, element: Any, name: str) -> int:
        self.places.append((element, name))
        return len(self.places) - 1

    def read(self, currency: str | None) -> PricePair:
        """What is asked and, where it is higher, what was asked; see `read_price_block`."""
        return self.said_by([_at(*place) for place in self.places], currency)

    def said_by(self, texts: Sequence[str | None], currency: str | None) -> PricePair:
        """The same if these texts stood at its `places`."""
        if not self._amounts and not self._currencies and self._texts.keys() == {"plain"}:  # most prices
            return read_price_pair(_joined(self._texts["plain"], texts), currency_hint=currency)
        own = next((code for place in self._currencies if (code := read_currency(texts[place]))), None)
        amounts: dict[str, str] = {}
        for kind, place in self._amounts:
            if amount := texts[place]:
                amounts.setdefault(kind, amount)
        hint = own or currency
        pairs = {kind: read_price_pair(_joined(of, texts), currency_hint=hint) for kind, of in self._texts.items()}
        return _pair(pairs, amounts, own)


def _at(element: Any, name: str) -> str | None:
    text: str | None = element.text if name is TEXT else element.tail if name is TAIL else element.get(name)
    return text


def _pair(pairs: dict[str, PricePair], amounts: dict[str, str], currency: str | None) -> PricePair:
    nothing = PricePair(None, None)
    plain, new, spoken = (pairs.get(kind, nothing) for kind in ("plain", "new", "spoken"))
    old = pairs["old"].price or pairs["old"].regular if "old" in pairs else None
    written = price = new.price or plain.price or pairs.get("hidden", nothing).price or spoken.price
    if "new" in amounts or "plain" in amounts:
        price = price_of(amounts.get("new") or amounts["plain"], currency) or price
    if price is None:
        return PricePair(None, old or plain.regular)
    if written is not None and price.amount in {written.amount * 100, written.amount / 100, written.amount / 1000}:
        price = written  # the attribute is in cents, or has its thousands for decimals
    if written is not None and price.currency is None:
        price = replace(price, currency=written.currency, signs=written.signs)
    if amounts.get("old"):
        old = price_of(amounts["old"], price.currency) or old
    known = (old, new.regular, plain.regular, plain.price, spoken.regular)
    higher = [one for one in known if one is not None and one.amount > price.amount]
    return PricePair(price, higher[0] if higher else None)


def read_price_block(element: Any, *, currency: str | None = None) -> PricePair:
    """What is asked and, where it is higher, what was asked, in `element` (of lxml); see `read_price`.

    Struck-out text is the old price, of several others the lowest is the price; words for the ear only count
    where there are none for the eye. `currency` is the hint for signs that several currencies share.
    """
    return PriceBlock(element).read(currency)


def first_price(elements: Iterable[Any], *, currency: str | None = None) -> tuple[PricePair, Any]:
    """The first of `elements` that holds a price, and what it says; (nothing, None) without one.

    An old price in an element of its own right beside it counts: shops print the two side by side.
    """
    return first_price_of([PriceBlock(element) for element in elements], currency=currency)


def first_price_of(blocks: Sequence[PriceBlock], *, currency: str | None = None) -> tuple[PricePair, Any]:
    """The same for elements of which it is known where their texts are."""
    return first_pair([(block.read(currency), block.element) for block in blocks])


def first_pair(pairs: Sequence[tuple[PricePair, Any]]) -> tuple[PricePair, Any]:
    """The same for elements of which it is known what they say."""
    if len(pairs) == 1 and pairs[0][0].price is not None:
        return pairs[0]
    asked = [(pair, element) for pair, element in pairs if pair.price is not None]
    if not asked:  # struck out and nothing beside it: it is the price after all
        return next(
            ((PricePair(pair.regular, None), one) for pair, one in pairs if pair.regular), (PricePair(None, None), None)
        )
    beside = [(pair, element) for pair, element in asked if element.getparent() is asked[0][1].getparent()]
    (price, regular), element = min(beside, key=lambda one: _amount(one[0].price))
    others = [pair.price for pair, _ in beside] + [pair.regular for pair, one in pairs if _is_beside(one, element)]
    higher = [one for one in others if one is not None and one.amount > _amount(price)]
    return PricePair(price, regular or max(higher, key=_amount, default=None)), element


def unmarked_price(elements: Iterable[Any], *, currency: str | None = None) -> tuple[PricePair, Any]:
    """The first price that only its currency's sign tells, in an element that says little else, and the element."""
    for element in elements:
        if len(element) > _MOST_CHILDREN:
            continue
        text = collapse(string_of(element))
        if 0 < len(text) <= _LONGEST_UNMARKED:
            pair = read_price_block(element, currency=currency)
            if pair.price is not None and pair.price.signs:
                return pair, element
    return PricePair(None, None), None


def _is_beside(element: Any, price: Any) -> bool:
    """Whether both are in one small part of the page."""
    around = list(islice(price.iterancestors(), _LEVELS_BESIDE))
    return any(one in around for one in islice(element.iterancestors(), _LEVELS_BESIDE))


def _amount(price: Price | None) -> Any:
    assert price is not None
    return price.amount


def _kind(element: Any, outer: str) -> str:
    if outer in {"neither", "old"}:
        return outer
    get = element.get
    of_amount = _AMOUNT_KINDS.get(get("data-price-type") or "")
    is_price, is_hidden = "price" in (get("itemprop") or ""), get("hidden") is not None
    return _kind_of(element.tag, get("class") or "", get("style") or "", of_amount, is_price, is_hidden, outer)


@lru_cache(maxsize=4096)  # the cards of a listing are made alike
def _kind_of(
    tag: str, classes: str, style: str, of_amount: str | None, is_price: bool, is_hidden: bool, outer: str
) -> str:
    if classes and _NEITHER.search(classes) and not is_price:
        return "neither"
    if of_amount is not None:
        return of_amount
    if tag in _OLD_TAGS or "line-through" in style or (classes and _OLD.search(classes)):
        return "old"
    if classes and _SPOKEN.search(classes):
        return "spoken"
    if _HIDDEN.search(style) or is_hidden:
        return "hidden"
    if tag == "ins" or (classes and _NEW.search(classes)):
        return "new"
    return outer


@lru_cache(maxsize=1024)
def _is_cents(tag: str, classes: str) -> bool:
    return tag == "sup" or _CENTS.search(classes) is not None


def _joined(pieces: Iterable[_Text], texts: Sequence[str | None]) -> str:
    joined = ""
    for place, is_inline, is_cents in pieces:
        text = texts[place] or ""
        bare = text.strip()
        if bare[:1].isdigit() and joined.rstrip()[-1:].isdigit():
            joined = f"{joined.rstrip()}.{bare} " if is_cents and len(bare) == 2 else f"{joined} {text}"
        else:
            joined += text if is_inline else f" {text} "
    return joined

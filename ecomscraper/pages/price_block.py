"""The part of a page around one product's price: what is asked, what was, and what is neither."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

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


def read_price_block(element: Any, *, currency: str | None = None) -> PricePair:
    """What is asked and, where it is higher, what was asked, in `element` (of lxml); see `read_price`.

    Struck-out text is the old price, of several others the lowest is the price; words for the ear only count
    where there are none for the eye. `currency` is the hint for signs that several currencies share.
    """
    texts, own, amounts = _read(element)
    hint = own or currency

    def pair(kind: str) -> PricePair:
        return read_price_pair(texts[kind], currency_hint=hint) if kind in texts else PricePair(None, None)

    plain = pair("plain")
    old = pair("old").price or pair("old").regular
    new = pair("new")
    price = new.price or plain.price or pair("hidden").price or pair("spoken").price
    written = price
    if "new" in amounts or "plain" in amounts:
        price = price_of(amounts.get("new") or amounts["plain"], own) or price
    if price is None:
        return PricePair(None, old or plain.regular)
    if written is not None and price.amount in {written.amount * 100, written.amount / 100, written.amount / 1000}:
        price = written  # the attribute is in cents, or has its thousands for decimals
    if written is not None and price.currency is None:
        price = replace(price, currency=written.currency, signs=written.signs)
    if amounts.get("old"):
        old = price_of(amounts["old"], price.currency) or old
    known = (old, new.regular, plain.regular, plain.price, pair("spoken").regular)
    higher = [one for one in known if one is not None and one.amount > price.amount]
    return PricePair(price, higher[0] if higher else None)


def first_price(elements: Iterable[Any], *, currency: str | None = None) -> tuple[PricePair, Any]:
    """The first of `elements` that holds a price, and what it says; (nothing, None) without one.

    An old price in an element of its own right beside it counts: shops print the two side by side.
    """
    pairs = [(read_price_block(element, currency=currency), element) for element in elements]
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


def _read(element: Any) -> tuple[dict[str, str], str | None, dict[str, str]]:
    """Texts by kind, the currency that attributes name, amounts in attributes by kind."""
    pieces: dict[str, list[tuple[Any, str]]] = {}
    amounts: dict[str, str] = {}
    currency = None
    whole = _kind(element, "plain")
    found: list[tuple[str, Any, str | None]] = []
    _add_pieces(element, "plain" if whole == "neither" else whole, found)
    for kind, inner, text in found:
        if text is None:
            amount = inner.get("data-price-amount")
            names = (inner.get("itemprop") or "").lower().split()
            if "pricecurrency" in names:
                currency = currency or read_currency(inner.get("content"))
            elif kind != "neither" and (amount or ("price" in names and inner.get("content"))):
                amounts.setdefault("plain" if kind in {"hidden", "spoken"} else kind, amount or inner.get("content"))
        else:
            pieces.setdefault(kind, []).append((inner, text))
    return {kind: _joined(of_kind) for kind, of_kind in pieces.items()}, currency, amounts


def _add_pieces(element: Any, kind: str, found: list[tuple[str, Any, str | None]]) -> None:
    """(kind, element, text) of each piece of text; text is None where the element begins."""
    if not isinstance(element.tag, str) or element.tag in {"script", "style", "template", "button", "svg"}:
        return
    found.append((kind, element, None))
    if element.text:
        found.append((kind, element, element.text))
    for child in element:
        if isinstance(child.tag, str):
            _add_pieces(child, _kind(child, kind), found)
        if child.tail:
            found.append((kind, element, child.tail))


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


def _joined(pieces: Iterable[tuple[Any, str]]) -> str:
    joined = ""
    for element, text in pieces:
        bare = text.strip()
        if bare[:1].isdigit() and joined.rstrip()[-1:].isdigit():
            is_cents = element.tag == "sup" or _CENTS.search(element.get("class") or "")
            joined = f"{joined.rstrip()}.{bare} " if is_cents and len(bare) == 2 else f"{joined} {text}"
        else:
            joined += text if element.tag in _INLINE else f" {text} "
    return joined

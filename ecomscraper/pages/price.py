"""Prices as shops print them: in any script, with any separator, an old one beside the new one.

A number is a price where a currency's sign stands beside it, or where nothing but words for "price" do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from price_parser.parser import parse_number

from ecomscraper.pages.currencies import NO_DECIMALS, THREE_DECIMALS, currency_of, signs_pattern
from ecomscraper.pages.price_words import (
    AFTER_NO_PRICE,
    BEFORE_LOWEST,
    BEFORE_NO_PRICE,
    BEFORE_OLD,
    PRICE_WORDS,
    RANGE,
    WITHOUT_TAX,
)

_LONGEST_KEPT = 100  # characters of a text that is remembered
_ANY_DIGIT = str.maketrans("12345678", "99999999") | {ord("0"): "9"}
_LONGEST = 2000  # characters; more is no price, and would take its time
_NUMBER = (
    r"\d{1,3}(?:[ ']\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?"  # 1 299,00 and 1'299.50
    r"|\d{1,3}(?:\.\d{3})+(?!\d)(?:,\d{1,4}(?!\d))?"  # 1.299,00
    r"|\d{1,3}(?:,\d{2,3})*,\d{3}(?!\d)(?:\.\d{1,4}(?!\d))?"  # 1,299.00 and 1,23,456.00
    r"|(?<![\d.])\.\d{2}(?!\d)|\d+[.,] ?\d{2}(?!\d)|\d+[.,]\d+(?!\d)|\d+:\d{2}(?=\s*kr)|\d+"
)
_FILL = r"\s?(?:\.?[-–]+|[.,:][-–]+)?\s?"  # "1299,-" and "1290.–"
_DIGITS_OF_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED_CENTS = re.compile(r"(?<=\d)([⁰¹²³⁴⁵⁶⁷⁸⁹]{2})(?![⁰¹²³⁴⁵⁶⁷⁸⁹])")
_FORMAT_CHARACTERS = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_SAME = {
    "٫": ".", "٬": ",", "’": "'", "‘": "'", "´": "'", "ʼ": "'", "′": "'", "＇": "'", "，": ",", "．": ".",
    "、": ",", "–": "-", "—": "-", "‒": "-", "−": "-", "‑": "-", "～": "~", "〜": "~", "˙": "'", "＄": "$",
}  # fmt: skip
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Price:
    """An amount of money."""

    amount: Decimal
    """In units of the currency, ≥ 0, with the decimals that are printed."""
    currency: str | None
    """ISO 4217; None when the text leaves it open."""
    is_lowest: bool = False
    """It is the lowest of several: "from £9", "$10 – $20"."""
    signs: tuple[str, ...] = ()
    """What stands beside it for the currency, as printed."""

    def in_currency(self, hint: str | None) -> Price:
        """This price with what its signs mean where `hint` is the usual currency; signs are not overruled."""
        if self.currency or not self.signs:
            return self
        currency = currency_of(self.signs, hint)
        # Not replace(), which takes six times as long: each price of a listing comes here.
        return Price(self.amount, currency, self.is_lowest, self.signs) if currency else self


class PricePair(NamedTuple):
    """What a text about one product's price says."""

    price: Price | None
    regular: Price | None
    """The old price, beside a lower new one or alone; None without it."""


class _Found(NamedTuple):
    price: Price
    start: int
    end: int
    is_old: bool
    is_without_tax: bool


class _Place(NamedTuple):
    """Where in a text one price is, and what the words around it say."""

    start: int
    end: int
    number: slice
    cents: slice | None
    signs: tuple[str, ...]
    is_lowest: bool
    is_old: bool
    is_without_tax: bool


def read_price(text: str | None, *, currency_hint: str | None = None, decimal_hint: str | None = None) -> Price | None:
    """The price that is asked now; None when `text` has none: "price on request", "3 reviews", "-20 %".

    `currency_hint` is an ISO 4217 code: it settles shared signs such as $ and is taken where there is no sign.
    `decimal_hint`, "." or ",", settles whether "1.234" is a thousand. Of a range it is the lower end,
    of an old and a new price the new, which is the lower.

    >>> read_price("1.234,56 €")
    Price(amount=Decimal('1234.56'), currency='EUR', is_lowest=False, signs=('€',))
    """
    return read_price_pair(text, currency_hint=currency_hint, decimal_hint=decimal_hint).price


def read_price_pair(
    text: str | None, *, currency_hint: str | None = None, decimal_hint: str | None = None
) -> PricePair:
    """The price and, beside it, the old one: "$32.00$24.00" is 24.00 and 32.00. See `read_price`."""
    if not text or len(text) > _LONGEST:
        return PricePair(None, None)
    if len(text) > _LONGEST_KEPT:
        return _pair.__wrapped__(text, currency_hint, decimal_hint)
    return _pair(text, currency_hint, decimal_hint)


@lru_cache(maxsize=4096)  # the prices of a shop repeat
def _pair(text: str, currency_hint: str | None, decimal_hint: str | None) -> PricePair:
    plain = normalised(text)
    found = _prices(plain, currency_hint, decimal_hint)
    if len(found) == 1:
        price, is_old = found[0].price, found[0].is_old
        return PricePair(None, price) if is_old else PricePair(price, None)
    asked = [one for one in found if not one.is_old]
    asked = [one for one in asked if not one.is_without_tax] or asked
    if not asked:
        return PricePair(None, max((one.price for one in found), key=lambda price: price.amount, default=None))
    cheapest = min(asked, key=lambda one: one.price.amount)
    others = [one.price for one in found if one.price.amount > cheapest.price.amount and not one.is_without_tax]
    if _is_range(plain, asked):
        old = [one.price for one in found if one.is_old and one.price.amount > cheapest.price.amount]
        signs = cheapest.price.signs or asked[-1].price.signs
        currency = cheapest.price.currency or asked[-1].price.currency
        lowest = replace(cheapest.price, is_lowest=True, signs=signs, currency=currency)
        return PricePair(lowest, old[0] if old else None)
    return PricePair(cheapest.price, max(others, key=lambda price: price.amount, default=None))


def normalised(text: str) -> str:
    """`text` with the digits, separators and spaces of all scripts as ASCII writes them."""
    if not text.isascii():
        text = _RAISED_CENTS.sub(lambda cents: "." + cents[1].translate(_DIGITS_OF_SUPERSCRIPT), text)
        text = _NOT_ASCII.sub(_as_ascii, _FORMAT_CHARACTERS.sub("", text))
    return _SPACES.sub(" ", text).strip()


def _as_ascii(match: re.Match[str]) -> str:
    character = match[0]
    if character.isdecimal():
        return str(int(character))
    return _SAME.get(character, character)


def _prices(text: str, hint: str | None, decimal_hint: str | None) -> list[_Found]:
    # The prices of a listing differ in their digits only, and to find one takes 60 µs.
    shape = text if "100" in text else text.translate(_ANY_DIGIT)
    places = _places(shape) if len(shape) <= _LONGEST_KEPT else _places.__wrapped__(shape)
    found = [_found(text, place, hint, decimal_hint) for place in places]
    return [one for one in found if one is not None]


@cache
def _price_pattern() -> re.Pattern[str]:  # compiled when it is needed: it takes 0.07 s
    sign = signs_pattern()
    return re.compile(
        rf"(?P<before>(?:(?:{sign})\s?){{1,2}})(?P<number>{_NUMBER})(?:{_FILL}(?P<after>{sign})(?!\s?\d))?"
        rf"|(?P<plain>{_NUMBER})(?:{_FILL}(?P<behind>{sign})(?:(?P<cents>\d\d)(?![\d.,]))?)?"
    )


@cache
def _signs() -> re.Pattern[str]:
    return re.compile(signs_pattern())


@lru_cache(maxsize=4096)
def _places(text: str) -> tuple[_Place, ...]:
    """Where the prices of a text are. No digit means more here than another, but for the 100 of "per 100 g"."""
    matches = [match for match in _price_pattern().finditer(text) if not _is_no_price(text, match)]
    signed = [one for one, after in zip(matches, [*matches[1:], None], strict=False) if _is_signed(text, one, after)]
    if not signed and not _says_price_only(text, matches):
        return ()
    chosen = signed or matches
    ends = [0, *(match.end() for match in chosen)]
    return tuple(_place(text, match, end) for match, end in zip(chosen, ends, strict=False))


def _is_signed(text: str, match: re.Match[str], following: re.Match[str] | None) -> bool:
    """Whether a currency's sign stands beside it, or behind the range that it opens: "10 - 20 €"."""
    if match["before"] or match["behind"]:
        return True
    opens_range = following is not None and RANGE.fullmatch(text[match.end() : following.start()])
    return bool(following is not None and opens_range and following["behind"])


def _place(text: str, match: re.Match[str], previous_end: int) -> _Place:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 24]
    between = text[previous_end : match.start()]
    of_previous = previous_end > 0 and WITHOUT_TAX.match(between)
    return _Place(
        start=match.start(),
        end=match.end(),
        number=slice(*match.span("number" if match["number"] else "plain")),
        cents=slice(*match.span("cents")) if match["cents"] else None,
        signs=tuple(_signs().findall(match["before"] or "")) + tuple(filter(None, (match["after"], match["behind"]))),
        is_lowest=BEFORE_LOWEST.search(before) is not None,
        is_old=BEFORE_OLD.search(before) is not None,
        is_without_tax=bool(WITHOUT_TAX.match(after) or (not of_previous and WITHOUT_TAX.search(between[-16:]))),
    )


def _found(text: str, place: _Place, hint: str | None, decimal_hint: str | None) -> _Found | None:
    currency = currency_of(place.signs, hint)
    number = text[place.number]
    if place.cents is not None:  # 35€99
        number += f".{text[place.cents]}"
    amount = _amount(number, currency, decimal_hint)
    if amount is None:
        return None
    price = Price(amount, currency, place.is_lowest, place.signs)
    return _Found(price, place.start, place.end, place.is_old, place.is_without_tax)


def _amount(number: str, currency: str | None, decimal_hint: str | None) -> Decimal | None:
    number = number.replace(" ", "").replace("'", "").replace(":", ".")
    return parse_number(number, _decimal_separator(number, currency, decimal_hint) or ("," if "." in number else "."))


def _decimal_separator(number: str, currency: str | None, hint: str | None) -> str | None:
    """The sign before the decimals of `number`; None without decimals."""
    if "." not in number and "," not in number:
        return None
    last = "." if number.rfind(".") > number.rfind(",") else ","
    whole, _, decimals = number.rpartition(last)
    if last in whole:
        return None  # 1.234.567
    if len(decimals) != 3 or ("." in whole or "," in whole):
        return last
    if not 0 < len(whole) <= 3 or whole == "0" or currency in THREE_DECIMALS:
        return last
    return last if hint == last and currency not in NO_DECIMALS else None


def _is_no_price(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 24]
    return bool(AFTER_NO_PRICE.match(after) or BEFORE_NO_PRICE.search(before))


def _says_price_only(text: str, matches: Iterable[re.Match[str]]) -> bool:
    """Whether the text beside the numbers is empty, or says nothing but that they are prices."""
    rest = text
    for match in reversed(list(matches)):
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    return not re.search(r"[^\W_]", PRICE_WORDS.sub(" ", rest))


def _is_range(text: str, asked: list[_Found]) -> bool:
    return any(RANGE.fullmatch(text[first.end : second.start]) is not None for first, second in pairwise(asked))

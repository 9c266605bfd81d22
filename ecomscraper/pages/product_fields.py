"""What is known of a product, and the cleaning that every source of it needs."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

from ecomscraper.pages.currencies import NO_DECIMALS
from ecomscraper.pages.document import collapse
from ecomscraper.pages.integers import read_integers
from ecomscraper.pages.joining import plainly_joined
from ecomscraper.pages.price import Price, read_price

FIELDS = (
    "url", "name", "price", "regular_price", "currency", "availability", "sku", "brand", "gtin", "image_url", "rating",
    "review_count", "description",
)  # fmt: skip
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_MACHINE_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_NOTHING = frozenset(
    {"", "-", "--", "n/a", "na", "none", "null", "undefined", "false", "true", "nan", "[object object]"}
)
_OTHER_IDENTIFIER = re.compile(r"(?:mpn|isbn|gtin\d*|ean|upc|asin)\s*[:#]", re.IGNORECASE)
_SKU_LABEL = re.compile(r"^(?:sku|item|art(?:\.|ikel)?(?:[- ]?(?:nr|no)\.?)?)\s*[:#]\s*", re.IGNORECASE)
_LONGEST_SKU = 64
_BEST_RATING = Decimal(5)
_MOST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class ProductFields:
    """One product as a page shows it; None is what the page does not say, or not clearly."""

    url: str | None = None
    """Absolute."""
    name: str | None = None
    """Whole, white space collapsed."""
    price: Decimal | None = None
    """What is asked now, in units of `currency`; the lowest where there are several."""
    regular_price: Decimal | None = None
    """What is asked without a sale; `price` where no other is shown."""
    currency: str | None = None
    """ISO 4217."""
    availability: str | None = None
    """A term of schema.org's ItemAvailability, such as "InStock"."""
    sku: str | None = None
    brand: str | None = None
    gtin: str | None = None
    """8, 12, 13 or 14 digits; the check digit is right."""
    image_url: str | None = None
    """Absolute."""
    rating: Decimal | None = None
    """0 to 5."""
    review_count: int | None = None
    description: str | None = None
    """White space collapsed."""
    source: Mapping[str, str] = field(default_factory=dict)
    """Which field came from where, for each field that is not None."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source says of one product that may be the page's own."""

    source: str
    """Such as "json-ld" or "opengraph"."""
    fields: ProductFields
    variants: tuple[ProductFields, ...] = ()
    """Its variants or offers one by one, where the source tells them apart."""
    is_related: bool = False
    """The source says that it is another product than the page's: an item of a list, an accessory."""


def text_of(value: Any) -> str | None:
    """`value` as text: entities decoded (also twice encoded ones), tags removed; None for nothing."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    text = str(value)
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _TAG.sub(" ", text)
    text = collapse(text.replace("\u00a0", " "))
    return None if text.lower() in _NOTHING else text


def sku_of(value: Any) -> str | None:
    """A stock keeping unit without its label; None for nothing, a sentence, or a mere 0."""
    text = text_of(value)
    if text is None or _OTHER_IDENTIFIER.match(text):
        return None
    text = _SKU_LABEL.sub("", text)
    return text if 0 < len(text) <= _LONGEST_SKU and text.count(" ") <= 4 and text.strip("0") else None


def gtin_of(value: Any) -> str | None:
    """A GTIN (EAN, UPC, ISBN-13) in digits if its check digit is right; else None."""
    from stdnum import ean  # only pages that print one need it

    digits = re.sub(r"[\s-]", "", text_of(value) or "")
    digits = re.sub(r"^(?:gtin|ean|upc|isbn)(?:-?\d\d?)?:", "", digits, flags=re.IGNORECASE)
    if not digits.isascii() or not digits.isdigit() or not digits.strip("0"):
        return None
    return digits if ean.is_valid(digits) else None


def price_of(value: Any, currency: str | None = None) -> Price | None:
    """A price in data for machines, where "1.234" is no thousand, or, failing that, as people write it."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        value = f"{value}"
        if not _MACHINE_NUMBER.fullmatch(value):  # negative, infinite, or beyond all prices
            return None
    if not isinstance(value, str):
        return None
    text = collapse(value)
    if not _MACHINE_NUMBER.fullmatch(text):
        return read_price(html.unescape(text), currency_hint=currency)
    if currency in NO_DECIMALS and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", text):
        text = text.replace(".", "")
    return Price(_rounded(Decimal(text)), currency)


def _rounded(amount: Decimal) -> Decimal:
    """12.9900 and 12.990000000000002 are 12.99: no currency has more than three decimals."""
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent >= -2 or amount >= _MOST:
        return amount
    shorter = amount.quantize(Decimal("0.001"))
    return shorter.quantize(Decimal("0.01")) if shorter == shorter.quantize(Decimal("0.01")) else shorter


def count_of(value: Any) -> int | None:
    """A number of reviews: 12, "12", "1,234 reviews"."""
    integers = read_integers(text_of(value) or "")
    return integers[0] if integers else None


def rating_of(value: Any, best: Any = None) -> Decimal | None:
    """A rating on a scale to 5; one on a scale to `best` is converted. None when it does not fit its scale."""
    rating, scale = _decimal(value), _decimal(best) or _BEST_RATING
    if rating is None or not 0 <= rating <= scale:
        return None
    return rating if scale == _BEST_RATING else (rating * _BEST_RATING / scale).quantize(Decimal("0.01"))


def _decimal(value: Any) -> Decimal | None:
    match = re.search(r"\d{1,9}(?:[.,]\d{1,20})?", text_of(value) or "")
    return Decimal(match[0].replace(",", ".")) if match else None


def url_of(value: Any, base: str) -> str | None:
    """An absolute http(s) address; None for anything else."""
    if not isinstance(value, str) or not value.strip():
        return None
    if plain := plainly_joined(base, value):
        return plain
    try:
        url = urljoin(base, collapse(html.unescape(value)))
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None

"""Which currency a sign beside an amount means. Many signs are shared: what they leave open stays open."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from price_parser._currencies import CURRENCY_CODES

CODES = frozenset(code for code in CURRENCY_CODES if re.fullmatch(r"[A-Z]{3}", code)) - {"XXX", "SYM"}
"""ISO 4217, and some that shops still print."""

THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
NO_DECIMALS = frozenset({"CLP", "IDR", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF", "HUF", "COP"})
"""Whose amounts are printed without decimals: after a separator come thousands."""

# Each sign and the currencies it may stand for. One means that it is certain unless a hint names another of its kind.
_SIGNS: dict[str, str] = {
    "$": "USD CAD AUD NZD SGD HKD MXN ARS CLP COP UYU TWD JMD TTD BBD BSD BZD FJD NAD XCD DOP",
    "US$": "USD", "USD$": "USD", "U$S": "USD", "U$D": "USD", "U.S.$": "USD", "$US": "USD",
    "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "CAD$": "CAD", "$CA": "CAD", "NZ$": "NZD", "HK$": "HKD",
    "S$": "SGD", "NT$": "TWD", "MX$": "MXN", "MEX$": "MXN", "AR$": "ARS", "CL$": "CLP", "CO$": "COP", "COL$": "COP",
    "$U": "UYU", "RD$": "DOP", "J$": "JMD", "TT$": "TTD", "BZ$": "BZD", "R$": "BRL", "N$": "NAD", "FJ$": "FJD",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "GB£": "GBP", "E£": "EGP", "L.E.": "EGP", "LE": "EGP",
    "¥": "JPY CNY", "￥": "JPY CNY", "円": "JPY", "JP¥": "JPY", "CN¥": "CNY", "RMB": "CNY", "元": "CNY TWD HKD",
    "₹": "INR", "Rs.": "INR PKR LKR NPR MUR", "Rs": "INR PKR LKR NPR MUR", "₨": "PKR INR LKR NPR MUR",
    "₽": "RUB", "руб.": "RUB", "руб": "RUB", "р.": "RUB BYN", "₩": "KRW", "원": "KRW", "₫": "VND", "đ": "VND",
    "฿": "THB", "บาท": "THB", "₺": "TRY", "TL": "TRY", "₴": "UAH", "грн.": "UAH", "грн": "UAH", "₪": "ILS",
    "₱": "PHP", "₦": "NGN", "₡": "CRC", "₲": "PYG", "Gs.": "PYG", "₸": "KZT", "₾": "GEL", "₼": "AZN", "֏": "AMD",
    "₵": "GHS", "GH₵": "GHS", "৳": "BDT", "₭": "LAK", "₮": "MNT", "៛": "KHR", "zł": "PLN", "zl": "PLN",
    "Kč": "CZK", "Kčs": "CZK", "Ft": "HUF", "lei": "RON MDL", "лв.": "BGN", "лв": "BGN", "дин.": "RSD", "din.": "RSD",
    "ден": "MKD", "KM": "BAM", "kn": "HRK", "kr.": "SEK NOK DKK ISK", "kr": "SEK NOK DKK ISK",
    "CHF": "CHF", "SFr.": "CHF", "Fr.": "CHF", "R": "ZAR", "RM": "MYR", "Rp": "IDR", "Rp.": "IDR", "S/": "PEN",
    "S/.": "PEN", "Bs.": "BOB VES", "Q": "GTQ", "B/.": "PAB", "KSh": "KES", "KES": "KES", "USh": "UGX", "TSh": "TZS",
    "Dhs": "AED", "Dhs.": "AED", "د.إ": "AED", "ر.س": "SAR", "SR": "SAR", "ريال": "SAR QAR YER OMR", "ر.ق": "QAR",
    "QR": "QAR", "د.ك": "KWD", "KD": "KWD", "د.ب": "BHD", "BD": "BHD", "ر.ع": "OMR", "ج.م": "EGP", "جنيه": "EGP",
    "د.م.": "MAD", "درهم": "AED MAD", "د.ت": "TND", "DT": "TND", "د.ج": "DZD", "DA": "DZD", "﷼": "IRR SAR QAR YER OMR",
    "د.أ": "JOD", "JD": "JOD", "د.ع": "IQD", "FCFA": "XOF XAF", "CFA": "XOF XAF", "ریال": "IRR", "تومان": "",
    "soʻm": "UZS", "сом": "KGS", "Br": "BYN ETB", "сум": "UZS", "₿": "",
}  # fmt: skip
_LOWER_CODES = "aud cad chf czk dkk eur gbp huf inr nok nzd pln ron rub sek usd"  # the others may be words
_TABLE = {sign.upper(): tuple(codes.split()) for sign, codes in _SIGNS.items()} | {code: (code,) for code in CODES}

# A hint may also overrule a sign that is certain elsewhere.
_ALSO = {"£": ("EGP", "GIP", "FKP", "LBP", "SYP"), "₨": (), "€": ()}

_REGIONS = {
    "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN", "AR": "ARS",
    "CL": "CLP", "CO": "COP", "UY": "UYU", "TW": "TWD", "JP": "JPY", "CN": "CNY", "SE": "SEK", "NO": "NOK",
    "DK": "DKK", "IS": "ISK", "IN": "INR", "PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR", "RO": "RON",
    "MD": "MDL", "RU": "RUB", "BY": "BYN", "AE": "AED", "MA": "MAD", "SA": "SAR", "QA": "QAR", "IR": "IRR",
    "OM": "OMR", "YE": "YER", "BO": "BOB", "VE": "VES", "DO": "DOP", "JM": "JMD", "TT": "TTD", "ET": "ETB",
}  # fmt: skip
_LANGUAGES = {
    "ja": "JPY", "zh": "CNY", "sv": "SEK", "nb": "NOK", "nn": "NOK", "no": "NOK", "da": "DKK", "is": "ISK",
    "ro": "RON", "be": "BYN", "ru": "RUB", "hi": "INR", "ur": "PKR", "si": "LKR", "ne": "NPR", "fa": "IRR",
}  # fmt: skip


def signs_pattern() -> str:
    """A regular expression, longest sign first, for the signs and codes of this table; words end where letters do."""
    lower = [*_LOWER_CODES.split(), *(code.title() for code in _LOWER_CODES.split())]
    signs = {*_SIGNS, *(sign.lower() for sign in ("Kč", "Ft", "zł", "RM")), "ZŁ", "KČ", "Kr", "Kr.", "KR", "EURO"}
    signs |= {"Euro", "Lei", "LEI", "РУБ", "РУБ.", "Руб.", "Руб", "RS.", "RS", *CODES, *lower}
    ordered = sorted(signs, key=lambda sign: (-len(sign), sign))
    return "|".join(_bounded(sign) for sign in ordered)


def _bounded(sign: str) -> str:
    before = r"(?<![^\W\d_])" if sign[0].isalpha() and sign[0].isascii() else ""
    after = r"(?![^\W\d_])" if sign[-1].isalpha() else ""
    return f"{before}{re.escape(sign)}{after}"


def currency_of(signs: Iterable[str], hint: str | None = None) -> str | None:
    """The ISO 4217 code that `signs` beside an amount agree on; `hint`, a code, settles what they leave open.

    None when they are ambiguous without a fitting hint, unknown, or contradict each other. Without signs: the hint.

    >>> currency_of(["$"]), currency_of(["$"], "CAD"), currency_of(["$", "AUD"]), currency_of(["€"], "USD")
    (None, 'CAD', 'AUD', 'EUR')
    """
    return _currency_of(tuple(signs), hint)


@lru_cache(maxsize=1024)  # a shop has few signs, and asks for each price several times
def _currency_of(signs: tuple[str, ...], hint: str | None) -> str | None:
    known = [_TABLE.get(sign.strip().upper(), ()) + _ALSO.get(sign, ()) for sign in signs]
    if not known:
        return hint
    common = [code for code in known[0] if all(code in codes for codes in known[1:])]
    if hint in common:
        return hint
    certain = [code for codes, sign in zip(known, signs, strict=True) for code in _certain(sign, codes)]
    return certain[0] if certain and all(code in common for code in certain) else None


def _certain(sign: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    own = len(codes) - len(_ALSO.get(sign, ()))
    return codes[:1] if own == 1 else ()


def read_currency(text: str | None) -> str | None:
    """The code that a text meant to name a currency names: "EUR", "eur", "€"; None when it is unsure."""
    sign = (text or "").strip()
    if re.fullmatch(r"[A-Za-z]{3}", sign) and sign.upper() in CODES:
        return sign.upper()
    return currency_of([sign]) if sign else None


def local_currency(language: str | None, host: str = "") -> str | None:
    """What a shared sign most likely means on a page in `language` (a BCP 47 tag) of `host`; None when open.

    The country of the host's name goes first: "en-US" is what many a shop's software says unasked.
    """
    country = host.rpartition(".")[2].upper()
    if country in _REGIONS and country not in {"CO", "IS", "ME", "TV", "IO"}:  # sold to the whole world
        return _REGIONS[country]
    tag, *subtags = (language or "").replace("_", "-").split("-")
    regions = [subtag.upper() for subtag in subtags if len(subtag) == 2]
    if regions:
        return _REGIONS.get(regions[-1])
    return _LANGUAGES.get(tag.lower())

"""Prices in the forms of many countries, old ones beside new ones, and numbers that are no prices."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomscraper.pages.price import Price, read_price, read_price_pair


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.234,56 €", "1234.56", "EUR"), ("€1,234.56", "1234.56", "EUR"),
        ("1 234,56\u00a0€", "1234.56", "EUR"),
        ("1\u202f234,56\u202f€", "1234.56", "EUR"), ("91,99 €*", "91.99", "EUR"), ("35€99", "35.99", "EUR"),
        ("12⁹⁹ €", "12.99", "EUR"), ("12. 99 €", "12.99", "EUR"), ("EUR 12", "12", "EUR"),
        ("12 eur", "12", "EUR"),
        ("¥ 12,800", "12800", None), ("￥12,800", "12800", None), ("12,800円（税込）", "12800", "JPY"),
        ("CHF 1'290.–", "1290", "CHF"), ("CHF 1’290.50", "1290.50", "CHF"), ("Fr. 99.-", "99", "CHF"),
        ("from £9", "9", "GBP"), ("£1,024", "1024", "GBP"), ("$.75", "0.75", None),
        ("$12.50", "12.50", None),
        ("kr 1 299,-", "1299", None), ("1 299 kr", "1299", None), ("kr. 1.299,00", "1299.00", None),
        ("12:50 kr", "12.50", None), ("1299:- SEK", "1299", "SEK"),
        ("₹1,23,456.00", "123456.00", "INR"), ("Rs. 1,299", "1299", None),
        ("٣٬٢٩٩٫٥٠ ر.س", "3299.50", "SAR"), ("۱۲۳٬۰۰۰ ریال", "123000", "IRR"), ("१,२९९ INR", "1299", "INR"),
        ("R$ 1.299,90", "1299.90", "BRL"), ("49,90 zł", "49.90", "PLN"), ("1 299 Kč", "1299", "CZK"),
        ("12 900 Ft", "12900", "HUF"), ("1.299.000 ₫", "1299000", "VND"), ("Rp 12.000", "12000", "IDR"),
        ("₩12,000", "12000", "KRW"), ("1 299 ₽", "1299", "RUB"), ("1 299 руб.", "1299", "RUB"),
        ("199 грн", "199", "UAH"), ("₺1.299,00", "1299.00", "TRY"),
        ("1.299,00 TL", "1299.00", "TRY"), ("99,00 lei", "99.00", None),
        ("19,99 лв.", "19.99", "BGN"), ("RM12.50", "12.50", "MYR"), ("R 1 299.00", "1299.00", "ZAR"),
        ("US$ 5", "5", "USD"), ("A$12.50", "12.50", "AUD"), ("NZ$12", "12", "NZD"),
        ("HK$1,200", "1200", "HKD"),
        ("NT$ 990", "990", "TWD"), ("S$9.90", "9.90", "SGD"), ("C$ 9.90", "9.90", "CAD"),
        ("MX$99.00", "99.00", "MXN"),
        ("$12.00 AUD", "12.00", "AUD"), ("USD 1,299.00", "1299.00", "USD"), ("USD $12", "12", "USD"),
        ("KD 12.500", "12.500", "KWD"), ("AED 1,299.00", "1299.00", "AED"), ("₪199.90", "199.90", "ILS"),
        ("฿1,290.00", "1290.00", "THB"), ("₱1,290.00", "1290.00", "PHP"), ("₦12,000", "12000", "NGN"),
        ("S/ 99.90", "99.90", "PEN"), ("$1,234,567.89 USD", "1234567.89", "USD"),
        ("45.0000 USD", "45.0000", "USD"),
        ("0,125 EUR", "0.125", "EUR"), ("12.50", "12.50", None), ("1,299", "1299", None),
        ("99,-", "99", None),
        ("Price: 12.50", "12.50", None), ("Preis 1.299", "1299", None), ("\u200e$\u200e12", "12", None),
    ],
)  # fmt: skip
def test_a_price(text: str, amount: str, currency: str | None) -> None:
    price = read_price(text)
    assert price is not None
    assert (str(price.amount), price.currency) == (amount, currency)


@pytest.mark.parametrize(
    "text",
    [
        None, "", "   ", "price on request", "Preis auf Anfrage",
        "Free shipping", "3 reviews", "-20%", "20 % off",
        "500 ml", "12 GB", "Pack of 6", "Save $5.00", "You save £3", "12x de R$ 10,00",
        "12 x 10,00 € / Monat", "2,50 € / 100 g",
        "€ 5.00/kg", "(21,96 € pro kg)", "Versand: 4,90 €", "iPhone 15", "4.5 out of 5", "1.2万円", "€", "...", "–",
    ],
)  # fmt: skip
def test_no_price(text: str | None) -> None:
    assert read_price(text) is None


@pytest.mark.parametrize(
    ("text", "price", "regular"),
    [
        ("$32.00$24.00", "24.00", "32.00"), ("32,00 €24,00 €", "24.00", "32.00"),
        ("was £40 now £30", "30", "40"),
        ("£30 (was £40)", "30", "40"), ("statt 39,99 € nur 29,99 €", "29.99", "39.99"),
        ("RRP £50 £45", "45", "50"),
        ("Original price was: $32.00. Current price is: $24.00.", "24.00", "32.00"),
        ("Save $5.00 $20", "20", None),
        ("de R$ 100,00 por R$ 80,00", "80.00", "100.00"), ("£10.00 ex VAT £12.00 inc VAT", "12.00", None),
        ("£12.00 (£10.00 ex VAT)", "12.00", None), ("5,49 € (21,96 € / kg)", "5.49", None),
        ("R$ 120,00 ou 12x de R$ 10,00", "120.00", None), ("was £40", None, "40"),
    ],
)  # fmt: skip
def test_an_old_price_beside_the_new_one(text: str, price: str | None, regular: str | None) -> None:
    pair = read_price_pair(text)
    assert (pair.price and str(pair.price.amount), pair.regular and str(pair.regular.amount)) == (price, regular)


@pytest.mark.parametrize(
    ("text", "amount", "is_lowest"),
    [
        ("$10 – $20", "10", True), ("10 - 20 €", "10", True), ("€10 bis €20", "10", True),
        ("from £9", "9", True),
        ("ab 9,90 €", "9.90", True), ("à partir de 9,90 €", "9.90", True),
        ("As low as $5.00", "5.00", True),
        ("$10", "10", False), ("$10 -$20", "10", True), ("$32.00 $24.00", "24.00", False),
        ("¥1,000～¥2,000", "1000", True),
    ],
)  # fmt: skip
def test_the_lower_end_of_a_range_is_noted(text: str, amount: str, is_lowest: bool) -> None:
    price = read_price(text)
    assert price is not None
    assert (str(price.amount), price.is_lowest) == (amount, is_lowest)


@pytest.mark.parametrize(
    ("text", "hint", "currency"),
    [
        ("$5", None, None), ("$5", "CAD", "CAD"), ("$5", "EUR", None), ("€5", "USD", "EUR"),
        ("5", "EUR", "EUR"),
        ("kr 5", "NOK", "NOK"), ("¥5", "CNY", "CNY"), ("£5", "EGP", "EGP"), ("£5", None, "GBP"),
        ("$5 AUD", "USD", "AUD"),         ("5", None, None),
    ],
)  # fmt: skip
def test_a_hint_settles_what_signs_leave_open(text: str, hint: str | None, currency: str | None) -> None:
    price = read_price(text, currency_hint=hint)
    assert price is not None
    assert price.currency == currency


def test_a_local_currency_is_for_signs_only() -> None:
    dollars, bare = read_price("$5"), read_price("5")
    assert dollars is not None
    assert bare is not None
    assert (dollars.in_currency("CAD").currency, bare.in_currency("CAD").currency) == ("CAD", None)


@pytest.mark.parametrize(
    ("text", "currency", "hint", "amount"),
    [
        ("1.234", None, None, "1234"), ("1.234", None, ".", "1.234"), ("1,234", None, ",", "1.234"),
        ("1,234", None, ".", "1234"), ("1.234", "KWD", None, "1.234"), ("1.234", "CLP", ".", "1234"),
        ("1234.567", None, None, "1234.567"), ("1.234.567", None, None, "1234567"),
        ("0.125", None, None, "0.125"),
        ("12 pieces", None, None, None), ("", None, None, None),
    ],
)  # fmt: skip
def test_three_digits_after_a_separator(text: str, currency: str | None, hint: str | None, amount: str | None) -> None:
    price = read_price(text, currency_hint=currency, decimal_hint=hint)
    assert (price and str(price.amount)) == amount


def _written(pattern: str, group: str, point: str, decimals: int = 2) -> Callable[[int], tuple[str, Decimal]]:
    """Writes an amount of the smallest unit; `pattern` holds {} for the number, `group` "in" is India's."""

    def write(units: int) -> tuple[str, Decimal]:
        amount = Decimal(units).scaleb(-decimals)
        whole, _, cents = f"{amount:f}".partition(".")
        if group == "in":
            head, tail = whole[:-3], whole[-3:]
            pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
            grouped = ",".join([*pairs, tail])
        else:
            grouped = f"{int(whole):,}".replace(",", group)
        return pattern.format(f"{grouped}{point}{cents}" if cents else grouped), amount

    return write


FORMATS = {
    "de-DE EUR": ("EUR", _written("{} €", ".", ",")), "en-IE EUR": ("EUR", _written("€{}", ",", ".")),
    "fr-FR EUR": ("EUR", _written("{}\u00a0€", "\u202f", ",")), "nl-NL EUR": ("EUR", _written("€\u00a0{}", ".", ",")),
    "en-GB GBP": ("GBP", _written("£{}", ",", ".")), "en-US USD": ("USD", _written("US${}", ",", ".")),
    "en-AU AUD": ("AUD", _written("A${}", ",", ".")), "fr-CA CAD": ("CAD", _written("{} $CA", "\u00a0", ",")),
    "de-CH CHF": ("CHF", _written("CHF {}", "’", ".")), "fr-CH CHF": ("CHF", _written("{} CHF", " ", ".")),
    "ja JPY": ("JPY", _written("{}円", ",", "", 0)), "ko KRW": ("KRW", _written("₩{}", ",", "", 0)),
    "zh CNY": ("CNY", _written("CN¥{}", ",", ".")), "zh-TW TWD": ("TWD", _written("NT${}", ",", "", 0)),
    "sv SEK": ("SEK", _written("{} SEK", "\u00a0", ",")), "nb NOK": ("NOK", _written("NOK {}", " ", ",")),
    "da DKK": ("DKK", _written("{} DKK", ".", ",")), "pl PLN": ("PLN", _written("{} zł", "\u00a0", ",")),
    "cs CZK": ("CZK", _written("{} Kč", "\u00a0", ",")), "hu HUF": ("HUF", _written("{} Ft", " ", "", 0)),
    "ro RON": ("RON", _written("{} RON", ".", ",")), "bg BGN": ("BGN", _written("{} лв.", " ", ",")),
    "ru RUB": ("RUB", _written("{} ₽", "\u00a0", ",")), "uk UAH": ("UAH", _written("{} ₴", "\u00a0", ",")),
    "tr TRY": ("TRY", _written("₺{}", ".", ",")), "he ILS": ("ILS", _written("{} ₪", ",", ".")),
    "ar SAR": ("SAR", _written("{} ر.س", ",", ".")), "ar-KW KWD": ("KWD", _written("KD {}", ",", ".", 3)),
    "hi INR": ("INR", _written("₹{}", "in", ".")), "pt-BR BRL": ("BRL", _written("R$ {}", ".", ",")),
    "es-MX MXN": ("MXN", _written("MX${}", ",", ".")), "es-CL CLP": ("CLP", _written("CL${}", ".", "", 0)),
    "id IDR": ("IDR", _written("Rp {}", ".", "", 0)), "vi VND": ("VND", _written("{} ₫", ".", "", 0)),
    "th THB": ("THB", _written("฿{}", ",", ".")), "en-ZA ZAR": ("ZAR", _written("R {}", " ", ".")),
}  # fmt: skip
assert len(FORMATS) >= 30
_ARABIC = str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬")


@settings(max_examples=1000)
@given(name=st.sampled_from(sorted(FORMATS)), units=st.integers(1, 10**11 - 1))
def test_any_amount_there_and_back(name: str, units: int) -> None:
    currency, write = FORMATS[name]
    text, amount = write(units)
    price = read_price(text)
    assert price is not None, text
    assert (price.amount, price.currency) == (amount, currency), text


@given(units=st.integers(1, 10**11 - 1))
def test_any_amount_in_arabic_digits(units: int) -> None:
    amount = Decimal(units).scaleb(-2)
    assert read_price(f"{f'{amount:,.2f}'.translate(_ARABIC)} ر.س") == Price(amount, "SAR", signs=("ر.س",))


@given(
    name=st.sampled_from(sorted(FORMATS)),
    low=st.integers(1, 10**8),
    more=st.integers(1, 10**8),
    gap=st.sampled_from(" \n"),
)
def test_of_any_two_prices_the_lower_is_asked(name: str, low: int, more: int, gap: str) -> None:
    _, write = FORMATS[name]
    (new, price), (old, regular) = write(low), write(low + more)
    pair = read_price_pair(f"{old}{gap}{new}")
    assert pair.price is not None
    assert pair.regular is not None
    assert (pair.price.amount, pair.regular.amount) == (price, regular)


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80)
    | st.text(alphabet="0123456789.,' -–$€£x%/kr", max_size=80)
)
def test_no_text_raises_and_no_price_is_negative(text: str) -> None:
    pair = read_price_pair(text)
    for price in pair:
        assert price is None or price.amount >= 0
    if pair.price and pair.regular:
        assert pair.regular.amount > pair.price.amount


@pytest.mark.parametrize("unit", ["1", "1,", "1 ", "$", "1.111 ", "from ", "€1", "1'"])
def test_the_longest_text_takes_no_time(unit: str) -> None:
    started = time.process_time()
    read_price(unit * (2000 // len(unit)))
    read_price(unit * 1_000_000)
    assert time.process_time() - started < 1

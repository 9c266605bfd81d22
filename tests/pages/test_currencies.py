"""Which currency a sign means, and what leaves it open."""

from __future__ import annotations

import pytest

from ecomscraper.pages.currencies import currency_of, local_currency, read_currency
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.page_currency import PageCurrency, page_currency


@pytest.mark.parametrize(
    ("signs", "hint", "code"),
    [
        (["€"], None, "EUR"), (["€"], "USD", "EUR"),
        (["$"], None, None), (["$"], "CAD", "CAD"), (["$", "AUD"], None, "AUD"),
        (["AUD", "$"], "USD", "AUD"), (["€", "USD"], None, None),
        ([], "EUR", "EUR"), ([], None, None), (["?"], "EUR", None),
        (["£"], "EGP", "EGP"), (["تومان"], None, None), (["zł"], None, "PLN"), (["KČ"], None, "CZK"),
    ],
)  # fmt: skip
def test_signs(signs: list[str], hint: str | None, code: str | None) -> None:
    assert currency_of(signs, hint) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EUR", "EUR"),
        ("eur", "EUR"),
        (" Usd ", "USD"),
        ("€", "EUR"),
        ("$", None),
        ("XYZ", None),
        ("", None),
        (None, None),
    ],
)
def test_read_currency(text: str | None, code: str | None) -> None:
    assert read_currency(text) == code


@pytest.mark.parametrize(
    ("language", "host", "code"),
    [
        ("en-US", "shop.example", "USD"), ("en", "shop.example", None), ("en-US", "shop.com.au", "AUD"),
        ("en_CA", "", "CAD"), ("ja", "", "JPY"),
        ("sv-SE", "", "SEK"), ("de-DE", "", None), (None, "shop.ca", "CAD"),
        (None, "shop.co", None), (None, "", None), ("es-419", "", None), ("zh-Hans-CN", "", "CNY"),
    ],
)  # fmt: skip
def test_where_a_page_is_from(language: str | None, host: str, code: str | None) -> None:
    assert local_currency(language, host) == code


@pytest.mark.parametrize(
    ("html", "stated", "local"),
    [
        ('<html lang="en-NZ">', None, "NZD"),
        ('<meta itemprop="priceCurrency" content="EUR">', "EUR", None),
        ('<meta itemprop="priceCurrency" content="EUR"><meta itemprop="priceCurrency" content="USD">', None, None),
        ('<meta property="og:price:currency" content="SEK">', "SEK", None),
        ('<script>Shopify.currency = {"active":"CAD","rate":"1.0"};</script>', "CAD", None),
        ('<script>x = {"currencyCode":"ABC"}</script>', None, None),
        ('<script>x = {"currencyCode":"EUR"}, y = {"currencyCode":"USD"}</script>', None, None),
        ("<p>€</p>", None, None),
    ],
)
def test_page_currency(html: str, stated: str | None, local: str | None) -> None:
    assert page_currency(parse_document(html.encode()), url="https://shop.example/") == PageCurrency(stated, local)

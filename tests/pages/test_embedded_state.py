"""Products in the data that pages carry for their own scripts."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.embedded_state import read_embedded_state
from ecomscraper.pages.product_fields import Candidate
from ecomscraper.pages.scripts import PageScripts

URL = "https://shop.example/products/tote"


def read(html: str, url: str = URL) -> list[Candidate]:
    document = parse_document(html.encode(), url=url)
    return read_embedded_state(document, PageScripts(document), url=url)


def data(value: Any) -> str:
    return f'<script type="application/json">{json.dumps(value)}</script>'


def shopify(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "Tote", "handle": "tote", "vendor": "Acme", "variants": list(variants), **more}


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        (2400, "24.00"),
        ("24.00", "24.00"),
        ("24", "24"),
        ({"amount": "24.0", "currencyCode": "USD"}, "24.0"),
        (0, None),
        (None, None),
    ],
)
def test_whole_prices_of_shopify_are_in_cents(price: Any, amount: str | None) -> None:
    (candidate,) = read(data({"product": shopify({"id": 1, "price": price})}))
    assert candidate.source == "shopify"
    assert candidate.fields.price == (Decimal(amount) if amount else None)


def test_the_variant_that_the_address_names() -> None:
    product = shopify({"id": 1, "price": 100, "sku": "A"}, {"id": 2, "price": 200, "sku": "B"})
    (candidate,) = read(data(product), f"{URL}?variant=2")
    assert (candidate.fields.price, candidate.fields.sku) == (Decimal(2), "B")


def test_without_one_the_lowest_price_of_those_that_can_be_had() -> None:
    gone, dear, cheap = (
        {"id": n, "price": p, "sku": s, "available": a}
        for n, p, s, a in [(1, 100, "A", False), (2, 300, "B", True), (3, 200, "C", True)]
    )
    (candidate,) = read(data(shopify(gone, dear, cheap)))
    assert (candidate.fields.price, candidate.fields.sku, candidate.fields.availability) == (Decimal(2), "B", "InStock")


@pytest.mark.parametrize(
    "html",
    [
        data({"a": [{"name": "Cup", "price": 5, "sku": "C"}]}),
        '<script>STATE = {"x": {"name": "Cup", "price": {"value": "5", "currency": "EUR"}, "id": 1}};</script>',
        "<script>dataLayer.push({'items': [{item_name: 'Cup', price: '5', item_id: 'C'}]})</script>",
        '<script type="application/json">{"title": "Cup", "finalPrice": "5,00 €", "slug": "cup",}</script>',
    ],
)
def test_plain_products(html: str) -> None:
    (candidate,) = read(html)
    assert (candidate.source, candidate.fields.name, candidate.is_related) == ("embedded", "Cup", True)
    assert candidate.fields.price == Decimal(5)


@pytest.mark.parametrize(
    "value",
    [
        {"name": "Cup"},
        {"name": "Cup", "price": 5},
        {"price": 5, "sku": "C"},
        {"name": "Cup", "price": None, "sku": "C"},
        [],
        5,
    ],
)
def test_what_is_no_clear_product(value: Any) -> None:
    assert read(data(value)) == []


KEYS = st.sampled_from(
    [
        "product",
        "variants",
        "handle",
        "vendor",
        "title",
        "price",
        "name",
        "sku",
        "images",
        "image",
        "[data-role=priceBox]",
        "priceBox",
        "priceConfig",
        "prices",
        "finalPrice",
        "amount",
        "priceFormat",
        "pattern",
        "featured_image",
        "brand",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@given(VALUES)
def test_no_data_raises(value: Any) -> None:
    read(data(value) + data({**shopify(), "variants": [value, {}], "images": value, "featured_image": value}))
    read(data({"[data-role=priceBox]": value}) + data({"[data-role=priceBox]": {"priceBox": {"priceConfig": value}}}))
    quoted = json.dumps([value, {"image": value, "display_price": value}]).replace('"', "&quot;")
    read(f'<form data-product_variations="{quoted}"></form>')

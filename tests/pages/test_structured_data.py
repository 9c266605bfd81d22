"""Products that pages describe for machines, in each syntax and in the shapes that shops make of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.open_graph import open_graph
from ecomscraper.pages.page_currency import page_currency
from ecomscraper.pages.product_fields import Candidate, count_of, gtin_of, price_of, rating_of, sku_of, text_of, url_of
from ecomscraper.pages.scripts import PageScripts
from ecomscraper.pages.structured_data import read_structured_data

URL = "https://shop.example/p/1"


def read(html: str) -> list[Candidate]:
    document = parse_document(html.encode(), url=URL)
    currency = page_currency(document, url=URL)
    return read_structured_data(document, PageScripts(document), open_graph(document), currency, url=URL)


def json_ld(*things: Any) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda thing: thing,
        lambda thing: [thing],
        lambda thing: [[thing]],
        lambda thing: {"@graph": [{"@type": "WebSite"}, thing]},
        lambda thing: {"@type": "WebPage", "mainEntity": thing},
        lambda thing: {"@type": "WebPage", "about": [{"mainEntity": [thing]}]},
        lambda thing: {"@type": "Offer", "itemOffered": thing, "price": "1"},
        lambda thing: {**thing, "@type": "http://schema.org/Product"},
        lambda thing: {**thing, "@type": ["Thing", "schema:Product"]},
        lambda thing: {f"schema:{key}" if key[0] != "@" else key: value for key, value in thing.items()},
        lambda thing: {**thing, "name": {"@value": "Cup", "@language": "en"}},
        lambda thing: {**thing, "name": ["Cup", "Tasse"]},
    ],
)
def test_where_a_product_may_stand(wrapped: Any) -> None:
    found = read(json_ld(wrapped({"@type": "Product", "name": "Cup", "sku": "C-1"})))
    assert [(one.source, one.fields.name, one.fields.sku) for one in found] == [("json-ld", "Cup", "C-1")]
    assert not found[0].is_related


@pytest.mark.parametrize(
    ("offers", "price", "regular_price", "availability"),
    [
        ({"price": "5.00"}, "5.00", None, None),
        ({"price": 5, "availability": "https://schema.org/InStock"}, "5", None, "InStock"),
        ([{"price": "7"}, {"price": "5"}], "5", None, None),
        (
            [{"price": "5", "availability": "OutOfStock"}, {"price": "7", "availability": "InStock"}],
            "7",
            None,
            "InStock",
        ),
        ({"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "7"}, "5", None, None),
        (
            {"@type": "AggregateOffer", "availability": "InStock", "offers": [{"price": "6"}, {"price": "5"}]},
            "5",
            None,
            "InStock",
        ),
        ({"priceSpecification": {"price": "5"}}, "5", None, None),
        (
            {"priceSpecification": [{"price": "9", "priceType": "https://schema.org/ListPrice"}, {"price": "5"}]},
            "5",
            "9",
            None,
        ),
        ({"price": "5", "priceSpecification": [{"price": "9", "priceType": "SRP"}]}, "5", "9", None),
        ({"price": {"value": "5"}, "availability": {"@id": "https://schema.org/InStock"}}, "5", None, "InStock"),
        ({"price": "0"}, None, None, None),
        ({"price": ""}, None, None, None),
        ([], None, None, None),
        ("https://shop.example/offer", None, None, None),
    ],
)
def test_offers(offers: Any, price: str | None, regular_price: str | None, availability: str | None) -> None:
    (candidate,) = read(json_ld({"@type": "Product", "name": "Cup", "offers": offers}))
    fields = candidate.fields
    amounts = tuple(None if one is None else str(one) for one in (fields.price, fields.regular_price))
    assert (*amounts, fields.availability) == (price, regular_price, availability)


@pytest.mark.parametrize(("kind", "count"), [("VideoGame", 1), ("Drug", 1), ("Article", 0)])
def test_works_are_products_where_they_are_sold(kind: str, count: int) -> None:
    work = {"@type": kind, "name": "Cup"}
    assert len(read(json_ld({**work, "offers": {"price": "5"}}))) == count
    assert read(json_ld(work)) == []


OLD_VOCABULARY = """<div itemscope itemtype="http://data-vocabulary.org/Product"><b itemprop="name">Cup</b>
<i itemprop="identifier" content="sku:C-1"></i><p itemprop="offerDetails" itemscope itemtype="http://data-vocabulary.org/Offer">
<b itemprop="price">5.00</b><b itemprop="availability" content="in_stock"></b></p></div>"""


def test_microdata_of_the_vocabulary_before() -> None:
    (candidate,) = read(OLD_VOCABULARY)
    fields = candidate.fields
    assert (fields.name, fields.sku, str(fields.price), fields.availability) == ("Cup", "C-1", "5.00", "InStock")


def test_a_list_or_a_review_speaks_of_other_products() -> None:
    cup = {"@type": "Product", "name": "Cup", "sku": "C"}
    found = read(
        json_ld({"@type": "ItemList", "itemListElement": [{"item": cup}]}, {"@type": "Review", "itemReviewed": cup})
    )
    assert [one.is_related for one in found] == [True, True]


def test_references_that_refer_to_themselves_end() -> None:
    loop = {"@id": "#a", "@type": "Product", "name": "Cup", "offers": {"@id": "#a"}, "hasVariant": [{"@id": "#a"}]}
    assert [one.fields.name for one in read(json_ld(loop))] == ["Cup"]


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [
        ("12.50", None, "12.50"),
        (12.5, None, "12.5"),
        (12, None, "12"),
        ("1.299", "EUR", "1.299"),
        ("1.299", "CLP", "1299"),
        ("12.9900", None, "12.99"),
        (12.990000000000002, None, "12.99"),
        ("12.345", "KWD", "12.345"),
        ("1,299.00", None, "1299.00"),
        ("€ 12,50", None, "12.50"),
        ("12.50 &euro;", None, "12.50"),
        (True, None, None),
        ("", None, None),
        ("call", None, None),
        (None, None, None),
        ([], None, None),
        (float("nan"), None, None),
        (1e30, None, None),
        ("-5", None, None),
    ],
)
def test_prices_for_machines(value: Any, currency: str | None, amount: str | None) -> None:
    price = price_of(value, currency)
    assert (price and str(price.amount)) == amount


@pytest.mark.parametrize(
    ("read_it", "value", "expected"),
    [
        (text_of, " a \n b ", "a b"),
        (text_of, "a &amp;amp; b", "a & b"),
        (text_of, "<p>a</p><p>b</p>", "a b"),
        (text_of, "N/A", None),
        (text_of, True, None),
        (text_of, 5, "5"),
        (text_of, "5 < 6", "5 < 6"),
        (sku_of, "SKU: A-1", "A-1"),
        (sku_of, "0", None),
        (sku_of, "mpn:5", None),
        (sku_of, "x" * 65, None),
        (sku_of, 7, "7"),
        (gtin_of, "4006381333931", "4006381333931"),
        (gtin_of, "400-638-133-393-1", "4006381333931"),
        (gtin_of, "96385074", "96385074"),
        (gtin_of, "4006381333930", None),
        (gtin_of, "0000000000000", None),
        (gtin_of, "", None),
        (gtin_of, "isbn:9783161484100", "9783161484100"),
        (rating_of, "4,5", Decimal("4.5")),
        (rating_of, 6, None),
        (rating_of, "none", None),
        (count_of, "1,234 reviews", 1234),
        (count_of, None, None),
    ],
)
def test_cleaning(read_it: Any, value: Any, expected: Any) -> None:
    assert read_it(value) == expected


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("/a", "https://shop.example/a"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("data:image/gif;base64,R0", None),
        ("javascript:x", None),
        ("http://[", None),
        ("", None),
        (None, None),
        ("/a?b=1&amp;c=2", "https://shop.example/a?b=1&c=2"),
    ],
)
def test_addresses(value: Any, url: str | None) -> None:
    assert url_of(value, URL) == url


KEYS = st.sampled_from(
    [
        "@type",
        "@id",
        "@graph",
        "@value",
        "name",
        "offers",
        "price",
        "priceSpecification",
        "hasVariant",
        "url",
        "image",
        "brand",
        "aggregateRating",
        "itemOffered",
        "availability",
        "gtin",
        "productID",
        "sku",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["Product", "Offer", "#a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(VALUES, VALUES)
def test_no_data_raises(one: Any, other: Any) -> None:
    read(json_ld(one, {"@type": "Product", "offers": one, "hasVariant": other, "aggregateRating": one, "image": other}))

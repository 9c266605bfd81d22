"""One product from its page: which source counts, and which of several products is the page's own."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.product_page import product_document
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.product import read_product
from ecomscraper.pages.product_fields import ProductFields
from ecomscraper.pages.product_selectors import ProductSelectors

URL = "https://shop.example/p/1"


def read(html: str, url: str = URL, **selectors: tuple[str, ...]) -> ProductFields | None:
    return read_product(
        parse_document(html.encode(), url=url), url=url, selectors=ProductSelectors(**selectors) if selectors else None
    )


def found(html: str, url: str = URL, **selectors: tuple[str, ...]) -> ProductFields:
    product = read(html, url, **selectors)
    assert product is not None
    return product


def json_ld(price: Any = "10.00", name: str = "Cup", **more: Any) -> str:
    offer = {"@type": "Offer", "price": price, "priceCurrency": "EUR", "availability": "https://schema.org/InStock"}
    thing = {"@type": "Product", "name": name, "offers": offer, **more}
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def open_graph(price: str) -> str:
    return f'<meta property="og:price:amount" content="{price}"><meta property="og:price:currency" content="EUR">'


def shown(price: str) -> str:
    return f'<main><h1>Cup</h1><p class="price">{price}</p></main>'


@pytest.mark.parametrize("small", [True, False])
def test_every_field_of_the_demo_shop(small: bool) -> None:
    host = "http://demo.localhost"
    catalogue = Catalogue()
    for product in catalogue:
        url = host + product.path
        document = parse_document(product_document(product, small=small).body, url=url)
        fields = read_product(document, url=url)
        assert fields is not None
        assert fields == ProductFields(
            url=url,
            name=product.name,
            price=product.price,
            regular_price=product.regular_price,
            currency=product.currency,
            availability="InStock" if product.in_stock else "OutOfStock",
            sku=product.sku,
            brand=product.brand,
            gtin=product.gtin,
            image_url=host + product.image,
            rating=product.rating,
            review_count=product.review_count or None,
            description=product.description,
            source=fields.source,
        )
    assert catalogue.total == 188


@pytest.mark.parametrize(
    ("html", "price", "source"),
    [
        (json_ld("10.00"), "10.00", "json-ld"),
        (json_ld("10.00") + shown("12,00 €"), "10.00", "json-ld"),
        (open_graph("12.00") + json_ld("10.00") + shown("12,00 €"), "12.00", "page"),
        (open_graph("12.00") + json_ld("10.00"), "10.00", "json-ld"),
        (json_ld(1000) + shown("10,00 €"), "10.00", "page"),
        (json_ld("1.299") + shown("1.299 €"), "1299", "page"),
        (json_ld("15.00") + shown("<del>15,00 €</del> <ins>10,00 €</ins>"), "10.00", "page"),
        (json_ld("0.00") + shown("10,00 €"), "10.00", "page"),
        (json_ld("n/a") + open_graph("10.00"), "10.00", "opengraph"),
    ],
)
def test_which_price_counts(html: str, price: str, source: str) -> None:
    product = found(html)
    assert (str(product.price), product.source["price"], product.currency) == (price, source, "EUR")


def test_what_selectors_find_goes_before_all_else() -> None:
    html = json_ld("10.00") + '<i>9,50 €</i><b data-code="C-1">Cup, blue</b>'
    product = found(html, price=("s", "i"), name=("b",), sku=("b::attr(data-code)",))
    assert (product.price, product.name, product.sku) == (Decimal("9.50"), "Cup, blue", "C-1")
    assert (product.source["price"], product.source["currency"]) == ("i", "i")
    assert product.regular_price == Decimal("9.50")


def test_selectors_that_find_nothing_change_nothing() -> None:
    assert found(json_ld(), price=(".none",), name=("xpath://none",)) == found(json_ld())


def test_selectors_make_a_product_of_a_page_that_says_nothing() -> None:
    assert read("<p>Cup</p><i>5 €</i>") is None
    product = found("<p>Cup</p><i>5 €</i>", name=("p",), price=("i",))
    assert (product.name, product.price, product.currency, product.url) == ("Cup", Decimal(5), "EUR", URL)


@pytest.mark.parametrize(
    ("html", "sku"),
    [
        ("<h1>Cup</h1>" + json_ld(name="Plate", sku="P") + json_ld(name="Cup", sku="C"), "C"),
        ("<title>Cup – Acme</title>" + json_ld(name="Plate", sku="P") + json_ld(name="Cup", sku="C"), "C"),
        (json_ld(name="Plate", sku="P", url="/p/2") + json_ld(name="Cup", sku="C", url="/p/1"), "C"),
        ("<h1>Cup, large and blue</h1>" + json_ld(name="Plate", sku="P") + json_ld(name="Blue Cup", sku="C"), "C"),
        ("<h1>The one</h1>" + json_ld(name="Cup", sku="C"), "C"),
    ],
)
def test_which_product_is_the_pages_own(html: str, sku: str) -> None:
    assert found(html).sku == sku


def test_several_products_none_of_them_known_are_none() -> None:
    assert read("<h1>Sale</h1>" + json_ld(name="Plate") + json_ld(name="Cup")) is None


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("/p/1", URL),
        ("https://shop.example/p/cup", "https://shop.example/p/cup"),
        ("https://shop.example/", URL),
        ("https://other.example/p/1", URL),
        ("http://[", URL),
    ],
)
def test_the_canonical_address(canonical: str, url: str) -> None:
    assert found(f'<link rel="canonical" href="{canonical}">' + json_ld()).url == url


def test_a_check_digit_that_is_wrong_is_no_gtin() -> None:
    assert found(json_ld(gtin13="4006381333931")).gtin == "4006381333931"
    assert found(json_ld(gtin13="4006381333932")).gtin is None


def test_the_source_of_each_field_and_of_no_other() -> None:
    product = found(json_ld(sku="C-1") + shown("10,00 €"))
    given = {name for name in ProductFields.__slots__ if name != "source" and getattr(product, name) is not None}
    assert set(product.source) == given
    assert product.source["url"] == "request"
    assert product.source["sku"] == "json-ld"


KEYS = st.sampled_from(["offers", "name", "sku", "brand", "image", "price", "@id", "@type"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
    max_leaves=9,
)


@given(st.text(max_size=60), st.dictionaries(KEYS, VALUES))
def test_no_data_raises(name: str, thing: dict[str, Any]) -> None:
    read(f'<h1>{name}</h1><script type="application/ld+json">{json.dumps([{"@type": "Product"}, thing])}</script>')
    read(f"<h1>{name}</h1>" + json_ld(**{key: value for key, value in thing.items() if key != "name"}))


@given(st.binary(max_size=300))
def test_no_body_raises(body: bytes) -> None:
    read_product(parse_document(body, url=URL), url=URL)

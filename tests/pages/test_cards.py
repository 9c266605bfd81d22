"""Products from a listing's cards; whole pages are under tests/saved_pages."""

from __future__ import annotations

import pytest

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.markup import listing_document
from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.product_fields import ProductFields
from ecomscraper.pages.product_selectors import ProductSelectors

URL = "https://shop.example/list/2"


def read(html: str, **selectors: tuple[str, ...]) -> list[ProductFields]:
    document = parse_document(html.encode(), url=URL)
    given = ProductSelectors(**selectors) if selectors else None
    return read_cards(document, card=".card", selectors=given, base_url=URL)


@pytest.mark.parametrize("small", [True, False])
def test_every_field_that_the_demo_shops_cards_show(small: bool) -> None:
    host, catalogue = "http://demo.localhost", Catalogue()
    url = f"{host}/ecommerce/"
    cards = [
        fields
        for page in range(1, catalogue.pages + 1)
        for fields in read_cards(
            parse_document(listing_document(catalogue, page, small=small).body, url=url),
            card="ul.products > li.product",
            base_url=url,
        )
    ]
    assert cards == [
        ProductFields(
            url=host + product.path,
            name=product.name,
            price=product.price,
            regular_price=product.regular_price,
            currency=product.currency,
            availability="InStock" if product.in_stock else "OutOfStock",
            sku=product.sku,
            image_url=host + product.image,
            source=fields.source,
        )
        for product, fields in zip(catalogue, cards, strict=True)
    ]
    assert len(cards) == 188


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<a href="/cart?add-to-cart=1">Buy</a><a href="/p/1">Cup</a>', "/p/1"),
        ('<a href="#">zoom</a><a href="javascript:x()">x</a><a href="/p/1">Cup</a>', "/p/1"),
        ('<a class="brand" href="/b/acme">Acme</a><a href="/p/1">Cup</a>', "/p/1"),
        ('<a href="/p/1?x=1"><img alt="Cup"></a><h3><a href="/p/1">Cup</a></h3>', "/p/1"),
        ('<a href="/category/x">X</a><a class="product-link" href="/p/1">Cup</a>', "/p/1"),
        ('<h3>Cup</h3><b class="price">5 €</b>', None),
    ],
)
def test_the_link_of_a_card(html: str, url: str | None) -> None:
    (product,) = read(f'<div class="card">{html}</div>')
    assert product.url == (f"https://shop.example{url}" if url else None)


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<h3><a href="/1" title="A Light in the Attic">A Light in…</a></h3>', "A Light in the Attic"),
        ('<h3><a href="/1">A Light in ...</a></h3><img alt="A Light in the Attic">', "A Light in the Attic"),
        ('<h3><a href="/1">A Light in ...</a></h3><img alt="Another">', "A Light in ..."),
        ('<a href="/1"><img alt="Cup"></a>', "Cup"),
        ('<a href="/1" aria-label="Cup"></a>', "Cup"),
        ('<div class="title">Cup &amp;  Co</div><a href="/1">more</a>', "Cup & Co"),
        ('<h4 class="price">5 €</h4><h4><a href="/1">Cup</a></h4>', "Cup"),
    ],
)
def test_the_name_of_a_card(html: str, name: str) -> None:
    assert [product.name for product in read(f'<div class="card">{html}</div>')] == [name]


def test_selectors_go_first_and_say_so() -> None:
    html = '<div class="card" data-id="7"><h3><a href="/p/7">Cup</a></h3><i>5 €</i><b class="price">9 €</b></div>'
    (product,) = read(html, price=("i",), sku=("::attr(data-id)",))
    assert (str(product.price), str(product.regular_price), product.sku) == ("5", "9", "7")
    assert (product.source["price"], product.source["sku"], product.source["name"]) == ("i", "::attr(data-id)", "card")


def test_what_names_no_product_gives_none() -> None:
    assert read('<div class="card"></div><div class="card"><p>Advertisement</p></div>') == []
    assert read("<p>nothing</p>") == []

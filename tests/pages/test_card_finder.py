"""Cards are found by what repeats: each holds a link and a price."""

from __future__ import annotations

import pytest

from ecomscraper.pages.card_finder import find_cards
from ecomscraper.pages.document import Document, parse_document

URL = "https://shop.example/all/"


def page(body: str) -> Document:
    return parse_document(f"<html lang=en-US><body>{body}</body></html>".encode(), url=URL)


def card(number: int, before: str, after: str) -> str:
    return f'{before}<a href="/p/{number}">Thing {number}</a> <span class="price">${number}.50</span>{after}'


def cards(before: str, after: str, count: int = 3) -> str:
    return "".join(card(number, before, after) for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("before", "after", "selector"),
    [
        ('<div class="item">', "</div>", "div.item"),
        ('<li class="col-md-4"><article class="product_pod">', "</article></li>", "article.product_pod"),
        ('<div class="post-1088 product instock first">', "</div>", "div.product"),
        ('<div class="featured box">', "</div>", "div.box"),
        ('<article class="ProductCard_card__3kQ2p">', "</article>", 'article[class*="ProductCard_card__"]'),
        ("<div><p>", "</p></div>", "section#list > div"),
    ],
)
def test_selector_names_what_lasts(before: str, after: str, selector: str) -> None:
    found = find_cards(page(f'<section id="list">{cards(before, after)}</section>'))

    assert found is not None
    assert found.selector == selector
    assert [(one.name, str(one.price), one.url) for one in found.products] == [
        (f"Thing {number}", f"{number}.50", f"https://shop.example/p/{number}") for number in (1, 2, 3)
    ]


def test_rows_of_a_table_without_any_class() -> None:
    rows = "".join(f'<tr><td><a href="/p/{n}">Thing {n}</a></td><td>{n} kr</td></tr>' for n in (1, 2))
    found = find_cards(page(f"<table><thead><tr><th>Vara</th><th>Pris</th></tr></thead><tbody>{rows}</tbody></table>"))

    assert found is not None
    assert (found.selector, found.whole) == ("tbody > tr", 2)


def test_a_box_with_the_same_cards_beside_the_listing_is_left_out() -> None:
    listing, box = cards('<li class="product">', "</li>"), card(9, '<li class="product">', "</li>")
    found = find_cards(page(f'<ul class="bestsellers">{box}</ul><ul class="products">{listing}</ul>'))

    assert found is not None
    assert (found.selector, found.whole) == ("ul.products > li.product", 3)


def test_a_product_without_a_price_is_a_card_too() -> None:
    on_request = '<li class="item"><a href="/p/8">Thing 8</a> on request</li>'
    listing = cards('<li class="item">', "</li>") + on_request
    found = find_cards(page(f"<ul>{listing}</ul>"))

    assert found is not None
    assert (found.selector, len(found.products), found.whole) == ("li.item", 4, 3)


def test_cards_in_rows_are_one_listing() -> None:
    row = '<div class="row">{}</div>'
    first, second = cards('<div class="cell">', "</div>", 2), card(7, '<div class="cell">', "</div>")
    found = find_cards(page(f"<main>{row.format(first)}{row.format(second)}</main>"))

    assert found is not None
    assert (found.selector, found.whole) == ("div.cell", 3)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<h1>Thing</h1><p class=price>$3.50</p>",
        cards("<li>", "</li>", 1),
        '<ul><li><a href="/a">News</a></li><li><a href="/b">More</a></li></ul>',
        '<ul><li class="price">$1.00</li><li class="price">$2.00</li></ul>',
    ],
    ids=["empty", "product", "one card", "menu", "prices without links"],
)
def test_nothing_is_found_where_nothing_is(body: str) -> None:
    assert find_cards(page(body)) is None

"""A card that is filled in says what the same card says when it is parsed for itself, whatever is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.storefront import Storefront
from ecomscraper.pages import card_forms
from ecomscraper.pages.card_forms import form_of, values_by_form
from ecomscraper.pages.card_layout import CardLayout
from ecomscraper.pages.card_values import card_values
from ecomscraper.pages.document import Document, parse_document
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.sites.loader import load_profile

SAVED = Path(__file__).parents[1] / "saved_pages"
URL = "https://shop.example/list/2"
THEMES = {
    "bootstrap": "div.card.thumbnail", "books": "article.product_pod", "magento": "li.item.product.product-item",
    "prestashop": "article.product-miniature", "shopify": "li.grid__item", "next": "article",
    "japanese": "li.ec-shelfGrid__item", "plain": "tbody tr",
}  # fmt: skip
TOKEN = re.compile(rb"<[^>]*>|[^<]+")
START_TAG = re.compile(rb"<[a-z][a-z0-9]*")
TEXTS = (
    "12", "&nbsp;", " $5.00 ", "<!-- x -->", '<!-- a="b" > c -->', "café &eacute;", "", " ", "<br>", "was $9.00",
    'say "hi" a="b"', "\x01", "&#13;x", "\ue0000\ue000", "Sold out", "4.5 out of 5", "(12)", "SKU: A-1", "\ufffe",
    "&amp;amp;lt;", "a &lt; b", "99", "1.299,00 €", "Name …", '<script>x="a>b"</script>', "<noscript>t</noscript>",
    "<sup>99</sup>", "<del>$9</del>", "<textarea>q</textarea>", "<svg><title>t</title></svg>", "\x85", "\x0c",
    '<a href="/in/1">in</a>', '<span class="badge-new">Sold out</span>', "<b>x</b> &#8211; y", "<p>", "<b>",
)  # fmt: skip
ATTRIBUTES = (
    "hidden", 'style="display:none"', 'style="text-decoration: line-through; width: 80%"', 'style="width:-120%"',
    'style="display:block; margin:-100%"', 'title="Whole name of it"', 'itemprop="name"', 'data-price-amount="7"',
    'itemprop="price" content="5.00"', 'data-price-type="oldPrice"', 'class="price"', 'class="sale-price-1234"',
    'class="rating-4"', 'class="badge"', 'class="[&>svg]:w-4"', 'rel="brand"', 'data-sku="S-1"', 'alt="Whole"',
    'src="/img/a.png"', 'href="#"', 'href="/cart"', 'href=" /p/9 "', 'aria-label="An aria"', 'class="wish-1234"',
    'class=""', 'itemprop="priceCurrency" content="EUR"', 'class="visually-hidden"', 'class="product-title"',
    'content="x &quot;y&quot; &amp; z"', "title='a \" b > c < d'", 'class="\ue0000\ue000"',
)  # fmt: skip


def listings() -> Iterator[tuple[str, bytes, str]]:
    """(name, page, selector of its cards)"""
    for page in sorted(SAVED.glob("*/*/*/page.html")):
        card = json.loads((page.parent / "expected.json").read_text(encoding="utf-8")).get("card")
        if card:
            yield f"{page.parts[-3]}/{page.parts[-2]}", page.read_bytes(), card
    for page in sorted(SAVED.glob("*/*/page.html")):
        card = load_profile(page.parts[-3]).profile.listing.card
        if card:
            yield f"{page.parts[-3]}/{page.parts[-2]}", page.read_bytes(), card
    shop = Storefront(ShopOptions())
    yield "demo", shop.answer("/ecommerce/page/2/").document.body, "ul.products > li.product"
    for theme, card in THEMES.items():
        yield f"theme {theme}", shop.answer(f"/t/{theme}/ecommerce/").document.body, card


LISTINGS = {name: (page, card) for name, page, card in listings()}


@pytest.fixture(autouse=True, scope="module")
def compile_soon() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card_forms, "_OFTEN", 1)
        yield


def filled_layout(html: str) -> CardLayout | None:
    """The tree of its form, filled in."""
    form, gaps = form_of(html)
    return form.card.filled(gaps) if form else None


def same_twice(page: bytes, card: str) -> list[bool]:
    """Whether each card was filled in; those that were say and are the same as when they are parsed.

    To each a form is found twice: by what is cut from it, and, as that makes it common, by its pattern.
    """
    document = parse_document(page, url=URL, light=True)
    currency = PageCurrency(None, "USD")
    filled_in = []
    for part in document.parts(card):
        html, parsed = part.html, part.tree
        for _ in range(2):
            told = values_by_form(html, currency, URL) if html else None
            filled = filled_layout(html) if html else None
            assert (told is None) == (filled is None)
            if filled is not None:
                assert told == card_values(CardLayout(parsed), currency, URL)
                assert card_values(filled, currency, URL) == told
                assert tree(filled.card) == tree(parsed)
        filled_in.append(filled is not None)
    return filled_in


def tree(element: Any) -> Any:
    """All that is in an element of lxml, but for long numbers in classes."""
    attributes = {name: value for name, value in element.items() if name != "class"}
    classes = re.sub(r"-\d{3,}", "-000", element.get("class") or "")
    inner = [(*tree(child), child.tail) for child in element]
    return (element.tag, classes, attributes, element.text, inner)


@pytest.mark.parametrize("name", LISTINGS)
def test_listings(name: str) -> None:
    page, card = LISTINGS[name]
    assert all(same_twice(page, card))


@settings(max_examples=150)
@given(st.sampled_from(sorted(LISTINGS)), st.data())
def test_listings_with_changes(name: str, data: st.DataObject) -> None:
    page, card = LISTINGS[name]
    tokens = TOKEN.findall(page)
    body = next(place for place, token in enumerate(tokens) if token.startswith(b"<body"))
    for place in data.draw(st.lists(st.integers(body + 1, len(tokens) - 1), min_size=1, max_size=6)):
        tokens[place] = data.draw(st.sampled_from(CHANGES))(tokens, place, data)
    same_twice(b"".join(tokens), card)


def other_text(tokens: list[bytes], place: int, data: st.DataObject) -> bytes:
    text = data.draw(st.sampled_from(TEXTS)).encode()
    return tokens[place] + text if tokens[place].startswith(b"<") else text


def another_attribute(tokens: list[bytes], place: int, data: st.DataObject) -> bytes:
    added = data.draw(st.sampled_from(ATTRIBUTES)).encode()
    return START_TAG.sub(lambda name: name[0] + b" " + added, tokens[place], count=1)


def one_attribute_less(tokens: list[bytes], place: int, data: st.DataObject) -> bytes:
    return re.sub(rb'\s[\w-]+="[^"]*"', b"", tokens[place], count=data.draw(st.integers(1, 3)))


def twice(tokens: list[bytes], place: int, data: st.DataObject) -> bytes:
    return b"".join(tokens[place : place + data.draw(st.integers(1, 6))]) + tokens[place]


def gone(tokens: list[bytes], place: int, data: st.DataObject) -> bytes:
    return b""


CHANGES = (other_text, another_attribute, one_attribute_less, twice, gone)


# ---- what is no gap ----

CARD = (
    '<li class="card product-{0} {1}"><h3 class="n-{0}"><a href="/p/{0}">{2}</a></h3>'
    '<b class="price" style="{3}">{4}</b></li>'
)


def filled(*values: str) -> CardLayout:
    (part,) = parse_document(CARD.format(*values).encode()).parts(".card")
    layout = filled_layout(part.html or "")
    assert layout is not None
    return layout


def test_cards_that_differ_in_values_share_a_tree() -> None:
    first = filled("1234", "hats", "Cup", "color: red", "$5")
    for values in (
        ("5678", "hats", "Cup", "color: red", "$5"),
        ("1234", "mugs new blue", "Cup &amp; Co", "", "5 €"),
    ):
        assert filled(*values) is first
        assert first.card.findtext("h3/a") == values[2].replace("&amp;", "&")


@pytest.mark.parametrize(
    "values",
    [
        ("1234", "badge", "Cup", "", "$5"),
        ("1234", "hats", "Cup", "text-decoration: line-through", "$5"),
        ("1234", "hats", "Cup", "DISPLAY: none", "$5"),
        ("1234", "hats", "", "", "$5"),
        ("1234", "hats", "<i>Cup</i>", "", "$5"),
        ("12", "hats", "Cup", "", "$5"),
    ],
)
def test_what_decides_how_a_card_is_understood_is_no_value(values: tuple[str, ...]) -> None:
    assert filled(*values) is not filled("1234", "hats", "Cup", "", "$5")


@pytest.mark.parametrize(
    "inner",
    ["a&#13;b", "a&#1;b", "<script>a</script>", "<!-- > a -->", "x" * 20_000],
)
def test_what_is_parsed_for_itself(inner: str) -> None:
    (part,) = parse_document(f'<div class="card">{inner}</div>'.encode()).parts(".card")
    assert part.html is not None
    assert filled_layout(part.html) is None


@pytest.mark.parametrize(
    ("card", "first", "second"),
    [
        ('<div class="c"><a href="/b" rel="{}">B</a><a href="/p">P</a> $5</div>', "next", "brand"),
        (
            '<div class="c"><b class="price"><i data-price-type="{}">$5</i> <i>$9</i></b><h3>P</h3></div>',
            "x",
            "oldPrice",
        ),
        ('<div class="c {}"><h3><a href="/p">P</a></h3> more</div>', "x", "product-title"),
        (
            '<div class="c"><b class="price" data-price-amount="{}&#1;">$500</b><h3><a href="/p">P</a></h3></div>',
            "7",
            "8",
        ),
        ('<div class="c"><data itemprop="name" content="{}">Text</data><a href="/p">P</a> $5</div>', "Cup", "Jar"),
        (
            '<a class="c product-last-items" href="/p"><h3>{}</h3>$5 <i class="stock">In stock</i></a>',
            "Cup",
            "Jar",
        ),
        ('<div class="c"><h3><a href="/p">P</a></h3>$5 <p {}><i class="stock">Sold out</i></p></div>', "", "hidden"),
        (
            '<div class="c"><h3><a href="/p">P</a></h3>$5 <p style="{}"><i class="stock">Sold out</i></p></div>',
            "",
            "Display : none",
        ),
        ('<div class="c {} price">$9 <b>$5</b><h3><a href="/p">P</a></h3></div>', "x", "was"),
        ('<a class="c {}" href="/p"><h3>P</h3>$5</a>', "x", "brand"),
        ('<div class="c"><h3 class="{}">P $5</h3><h4>Q</h4></div>', "x", "price"),
        ('<c><h3 class="{}">P $5</h3><h4>Q</h4></c>', "x", "price"),
    ],
)
def test_each_card_is_understood_by_itself(card: str, first: str, second: str) -> None:
    for name in (first, second, first):
        same_twice(card.format(name).encode(), ".c, c")


def test_a_common_form_is_found_by_its_pattern() -> None:
    values = ("1234", "hats", "Mug", "", "$7")
    first = filled(*values)
    times = card_forms._common[0][1].times
    for changed in (("999", "hats sun", "Jar", "color: red", "7"), values):
        assert filled(*changed) is first
        assert (first.card.findtext("h3/a"), first.card.findtext("b")) == (changed[2], changed[4])
        assert card_forms._common[0][1].times == times


def test_only_parts_of_light_pages_are_written() -> None:
    document: Document = parse_document(b"<div class=card><p>x</div>", light=True)
    assert document.html is None
    assert [part.html for part in document.parts(".card")] == ['<div class="card"><p>x</p></div>']
    heavy = parse_document(b"<div class=card>x</div>", light=False)
    assert [part.html for part in heavy.parts(".card")] == [None]

"""Both parsers give the same of a page, save where Lexbor does what browsers do; and no page keeps one of them busy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.storefront import Storefront
from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import Document, parse_document
from ecomscraper.pages.guards import is_light
from ecomscraper.pages.listing import read_listing
from ecomscraper.sites.loader import load_profile
from ecomscraper.sites.profile import SiteProfile

SAVED = Path(__file__).parents[1] / "saved_pages"
LISTINGS = sorted(page.parent for page in SAVED.glob("*/*/page.html") if page.parents[1].name != "products")
TOKEN = re.compile(rb"<[^>]*>|[^<]+")
TEXTS = (
    b"12",
    b"&nbsp;",
    b" $5.00 ",
    b"<!-- x -->",
    b"caf\xc3\xa9 &eacute;",
    b"",
    b"1 of 9",
    b"<br>",
    b"&#8211; <b>x</b>",
)


def read(page: bytes, profile: SiteProfile, *, light: bool) -> dict[str, Any]:
    document = parse_document(page, url="https://shop.example/list/", light=light)
    card = profile.listing.card or ""
    cards = read_cards(document, card=card, selectors=profile.product.selectors) if card else []
    return {**asdict(read_listing(document, profile)), "products": [asdict(one) for one in cards]}


@pytest.mark.parametrize("case", LISTINGS, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_saved_pages(case: Path) -> None:
    profile, page = load_profile(case.parent.name).profile, (case / "page.html").read_bytes()
    assert is_light(page)
    assert read(page, profile, light=True) == read(page, profile, light=False)


@pytest.mark.parametrize("page", [1, 2, 12])
def test_the_demo_shop(page: int) -> None:
    path = "/ecommerce/" if page == 1 else f"/ecommerce/page/{page}/"
    body = Storefront(ShopOptions()).answer(path).document.body
    found = read(body, load_profile("demo").profile, light=True)
    assert found["cards"] == len(found["products"]) == (12 if page == 12 else 16)
    assert found == read(body, load_profile("demo").profile, light=False)


@settings(max_examples=150)
@given(st.sampled_from(LISTINGS), st.data())
def test_saved_pages_with_other_texts(case: Path, data: st.DataObject) -> None:
    profile = load_profile(case.parent.name).profile
    tokens = TOKEN.findall((case / "page.html").read_bytes())
    is_text = [not token.startswith(b"<") and not before.startswith((b"<script", b"<style", b"<title"))
               for before, token in zip([b"", *tokens], tokens, strict=False)]  # fmt: skip
    body = next(place for place, token in enumerate(tokens) if token.startswith(b"<body"))
    places = [place for place, chosen in enumerate(is_text) if chosen and place > body]
    for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=5)):
        tokens[place] = data.draw(st.sampled_from(TEXTS))
    page = b"".join(tokens)
    assert read(page, profile, light=True) == read(page, profile, light=False)


# ---- selectors ----

NAMES = st.sampled_from(("div", "span", "b", "em"))
ATTRIBUTES = st.lists(
    st.sampled_from(('class="a"', 'class="a b-c"', 'id="x"', 'data-q="1 2"', 'data-q="en-US"', 'title=""', "hidden")),
    max_size=2,
    unique_by=lambda one: one.split("=")[0],
).map(" ".join)
LEAVES = st.sampled_from(("one", " two ", "<!-- no -->", '<a href="/p">l</a>', "<a>no link</a>", "\n"))


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    made = st.tuples(NAMES, ATTRIBUTES, st.lists(inner, max_size=4).map("".join))
    return made.map(
        lambda one: f"<div {one[1]}>{one[2]}</div>" if one[0] == "div" else f"<{one[0]} {one[1]}>t</{one[0]}>{one[2]}"
    )


HTML = st.lists(st.recursive(LEAVES, _element, max_leaves=15), max_size=4).map(
    lambda parts: (
        f"<!doctype html><html><head><meta><title>t</title></head><body>{''.join(parts)}<i>end</i></body></html>"
    )
)
COMPOUND = st.sampled_from((
    "div", "SPAN", "*", ".a", "div.a.b-c", "#x", "b#x", "[hidden]", "[TITLE]", '[class="a"]', "[class~=b-c]",
    '[data-q^="1"]', "[data-q$='2']", '[data-q*="n-"]', "[data-q|=en]", "a", "a[href]", "em",
))  # fmt: skip
COMPLEX = st.lists(COMPOUND, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from((" ", " > ", ">", " + ", "~")).map(lambda sign: sign.join(parts))
)
OTHERS = st.sampled_from((
    "div ::text", "xpath://div[b]", "div:has(b)", ":scope", "div:first-child", "body", "html", "title",
    "head title", "head > title", "head>meta~title::text", "head ~ body i", "head+body", "head  + body", "head *",
))  # fmt: skip
SELECTOR = (
    COMPLEX
    | st.tuples(COMPLEX, st.sampled_from(("::text", "::attr(href)", "::attr(class)", "::attr(Hidden)"))).map("".join)
    | st.tuples(COMPLEX, COMPLEX).map(", ".join)
    | OTHERS
)
ASKED: tuple[Callable[[Document, str], Any], ...] = (
    Document.texts, Document.first, Document.count, Document.text_nodes, Document.links, Document.hrefs,
    lambda document, selector: [part.hrefs(":scope") for part in document.parts(selector)],
    lambda document, selector: [part.texts(".a, b") for part in document.parts(selector)],
    lambda document, selector: [part.texts("div b") for part in document.parts(selector)],
    lambda document, selector: [part.tree.tag for part in document.parts(selector)],
    lambda document, selector: document.first_outside(selector, {"span"}),
)  # fmt: skip


@settings(max_examples=200)
@example("<!doctype html><div class=a>own<b class=c>b</b></div>", "div *::text")
@example("<!doctype html><div class=a>own<b class=c>b</b></div>", "div *::attr(class)")
@example("<!doctype html><div class=a>own<b class=c>b</b></div>", "div > *::text")
@given(HTML, SELECTOR)
def test_a_selector_finds_the_same(html: str, selector: str) -> None:
    for ask in ASKED:
        light, heavy = (parse_document(html.encode(), url="http://a/", light=each) for each in (True, False))
        assert ask(light, selector) == ask(heavy, selector)


@pytest.mark.parametrize(
    ("html", "selector", "browser", "libxml2"),
    [
        ("<template><i>x</i></template>", "i", [], ["x"]),  # a template is no part of the page
        ("<p class=A>x", ".a", ["x"], []),  # without a doctype classes are compared as in 1998
        ("<table><p class=a>x</p><tr><td>y</table>", "table .a", [], ["x"]),  # what is no cell goes before the table
        ("<a href=1>x<div><a href=2>y</a></div>", "a a", [], ["y"]),  # a link ends where the next begins
        ("<b><p>x</b>y", "p b", ["x"], []),  # what is formatted goes on in the paragraph
        ("<input TYPE=Radio name=x><b>y", "[type=radio] + b", ["y"], []),  # some values have no case
        ("<svg><title/></svg><p>x", "svg p", [], []),
        ("<noscript><title>x</title></noscript><p>y", "noscript title", [], ["x"]),
    ],
)  # fmt: skip
def test_where_they_differ_lexbor_is_right(html: str, selector: str, browser: list[str], libxml2: list[str]) -> None:
    assert parse_document(html.encode(), light=True).texts(selector) == browser
    assert parse_document(html.encode(), light=False).texts(selector) == libxml2


# ---- what would take long ----


def test_pages_that_grow_in_the_parser_are_not_light() -> None:
    fonts = b"".join(b"<p><font a=%d>x" % number for number in range(500))
    assert is_light(fonts[: fonts.rindex(b"<p>")])
    assert not is_light(fonts + b"<p>")
    assert not is_light(b"<div>" * 1001)
    assert is_light(b"<div>" * 1000 + b"</p>" * 2000)
    assert not is_light(b"<div>" * 1000 + b"</p>" * 2001)
    assert not is_light(b"<b title='" + b"x" * 1_000_000 + b"'>" + b"<p>" * 200)
    assert not is_light(("<p>" * 1001).encode("utf-16"))


def test_the_worst_light_page_is_bounded() -> None:
    page = b"<p>" + b"".join(b"<b a%d>" % number for number in range(499)) + b"<p>x" * 500
    assert is_light(page)
    assert parse_document(page).count("b") == 499 * 501


def test_parts_within_each_other_are_not_written_one_by_one() -> None:
    """Together they have half a million elements."""
    document = parse_document(b"<!doctype html>" + b"<div>" * 990 + b"x")
    parts = document.parts("div")
    assert len(parts) == 990
    assert parts[0].tree[0] is parts[1].tree


def test_a_link_around_a_card_holds_its_name() -> None:
    card = (
        '<a href="/{0}" title="Lamp {0}, brass"><div class="card"><h2>Lamp {0}…</h2><b class="price">$5</b></div></a>'
    )
    page = parse_document("".join(map(card.format, (1, 2))).encode(), url="http://a/")
    assert [one.name for one in read_cards(page, card="div.card")] == ["Lamp 1, brass", "Lamp 2, brass"]


def test_parts_that_html_does_not_allow_alone() -> None:
    rows = b"<table><tr class=c><td><a href=/1>one</a></td></tr><tr class=c><td>two</td></tr></table>"
    assert [part.tree.findtext(".//td") or part.tree.findtext(".//a") for part in parse_document(rows).parts(".c")] == [
        "one",
        "two",
    ]
    whole = parse_document(b"<html lang=de><body class=c><p>x").parts("body")
    assert [(part.tree.tag, part.tree.get("class")) for part in whole] == [("body", "c")]

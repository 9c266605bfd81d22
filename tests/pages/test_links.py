from __future__ import annotations

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.links import links_in, next_of_header, next_of_page, page_link
from ecomscraper.sites.listing_tables import NEXT_LINKS

PAGE = "https://shop.example/all?page=2"


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ("", None),
        ('<https://shop.example/all?page=3>; rel="next"', "https://shop.example/all?page=3"),
        ("<?page=3>; rel=next", "https://shop.example/all?page=3"),
        ('</all?page=1>; rel="prev", </all?page=3>; rel="next"', "https://shop.example/all?page=3"),
        ('</all?page=1>; rel="prev"', None),
        ('</a?ids=1,2;3>; title="a, b; rel=next"; rel="Next last"', "https://shop.example/a?ids=1,2;3"),
        ('</nextdoor>; rel="nextdoor"', None),
        ("<mailto:shop@shop.example>; rel=next", None),
        ("nonsense, rel=next", None),
    ],
)
def test_the_next_page_of_a_link_header(header: str, url: str | None) -> None:
    assert next_of_header(header, PAGE) == url


@pytest.mark.parametrize(
    ("html", "url"),
    [
        ('<a rel="next" href="?page=3">2</a>', "https://shop.example/all?page=3"),
        ('<link rel="next" href="/all?page=3">', "https://shop.example/all?page=3"),
        ('<a class="next page-numbers" href="/all/3/">&rarr;</a>', "https://shop.example/all/3/"),
        ('<li class="next"><a href="page-3.html">next</a></li>', "https://shop.example/page-3.html"),
        ('<base href="/shop/"><a rel="next" href="page-3.html">n</a>', "https://shop.example/shop/page-3.html"),
        ('<a rel="next" href="#">2</a><a class="next" href="?page=3">3</a>', "https://shop.example/all?page=3"),
        ('<a rel="next" href="javascript:more()">2</a>', None),
        ('<a rel="next">2</a>', None),
        ('<li class="next disabled"><span>next</span></li>', None),
        ('<a rel="next" href="http://[">2</a>', None),
        ('<a rel="next" href="?q=a b&page=3">2</a>', "https://shop.example/all?q=a%20b&page=3"),
        ("<p>nothing</p>", None),
    ],
)
def test_the_next_page_of_a_page(html: str, url: str | None) -> None:
    document = parse_document(f"<html><body>{html}</body></html>".encode(), url=PAGE)
    assert next_of_page(document, NEXT_LINKS) == url


@pytest.mark.parametrize("selector", ["button.more::attr(data-next)", "xpath://button/@data-next"])
def test_an_attribute_may_hold_the_address(selector: str) -> None:
    document = parse_document(b'<button class="more" data-next="/load?page=3">More</button>', url=PAGE)
    assert next_of_page(document, selector) == "https://shop.example/load?page=3"


def test_a_page_link_is_absolute_or_none() -> None:
    assert page_link(" /x ", PAGE) == "https://shop.example/x"
    assert page_link("ftp://shop.example/x", PAGE) is None
    assert page_link(None, PAGE) is None


MENU = """<base href="/shop/"><nav><ul><li><a href="one/">One</a><li><a href="/two?sid=0123456789abcdef0">Two</a>
<li><a href="one/#top">One again</a><li><a href="mailto:shop@shop.example">Mail</a><li><a>Nothing</a></ul></nav>
<button data-to="/three/">Three</button>"""


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("nav a", ["/shop/one/", "/two"]),
        ("nav", ["/shop/one/", "/two"]),
        ("nav a::attr(href)", ["/shop/one/", "/two"]),
        ("xpath://nav//a", ["/shop/one/", "/two"]),
        ("xpath://nav//a/@href", ["/shop/one/", "/two"]),
        ("button::attr(data-to)", ["/three/"]),
        ("nav.other a", []),
    ],
)
def test_the_links_of_a_menu(selector: str, found: list[str]) -> None:
    document = parse_document(MENU.encode(), url="https://shop.example/here/")
    assert links_in(document, selector) == [f"https://shop.example{path}" for path in found]

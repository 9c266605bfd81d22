"""Bytes in, texts out: selectors, charsets, and bodies that are no HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.document import Link, check_selector, collapse, parse_document

PAGE = b"""<html><head><base href="/shop/"></head><body>
<p class="price">$<b>32</b>.00<!-- was 40 --></p><p class="price">  $24.00\n</p>
<ul><li><a href=" page/2/ ">Two
 pages</a></li><li><a name="here">no link</a><a href="http://[">broken</a></li></ul>
<a href="https://other.example/">outside</a></body></html>"""


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        ("p.price", ["$32.00", "  $24.00\n"]),
        ("p.price::text", ["$", ".00", "  $24.00\n"]),
        ("li a::attr(href)", [" page/2/ ", "http://["]),
        ("xpath: //p[@class='price']/b", ["32"]),
        ("xpath://li/a/@name", ["here"]),
        ("xpath:count(//li)", ["2"]),
        ("xpath:string(//b)", ["32"]),
        ("table", []),
    ],
)
def test_texts(selector: str, texts: list[str]) -> None:
    document = parse_document(PAGE)
    assert document.texts(selector) == texts
    assert document.first(selector) == (texts[0] if texts else None)
    assert document.count(selector) == len(texts)


def test_text_nodes_are_apart_where_tags_are() -> None:
    document = parse_document(b"<nav><a>1</a><a>2</a> <b> 3\n4 </b></nav><a>5</a>")
    assert document.text_nodes("nav") == ["1", "2", "3 4"]


def test_links_are_absolute_and_start_from_the_base_of_the_document() -> None:
    document = parse_document(PAGE, url="https://shop.example/deep/down.html")
    assert document.links("ul") == [
        Link("Two pages", "https://shop.example/shop/page/2/"),
        Link("broken", ""),
    ]
    assert document.links("body > a") == [Link("outside", "https://other.example/")]


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("café".encode(), "text/html; charset=utf-8", "café"),
        ("café".encode("latin-1"), "text/html; charset=iso-8859-1", "café"),
        ("café".encode("cp1252"), "", "café"),
        ("café".encode(), "", "café"),
        (b'<meta charset="windows-1251"><p>' + "цена".encode("cp1251"), "text/html", "цена"),
        (b"\xef\xbb\xbf<p>caf\xc3\xa9", "text/html; charset=iso-8859-1", "café"),
        ("<p>価格".encode("shift_jis"), "text/html; charset=Shift_JIS", "価格"),
        ("<p>café".encode("utf-16"), "", "café"),
        ("<p>café".encode(), "text/html; charset=hex", "café"),
        ("<p>café".encode(), "text/html; charset=no-such-charset", "café"),
        (b"<p>caf\\xe9", "text/html; charset=unicode_escape", "caf\\xe9"),
        ("<p>café".encode(), "text/html; charset=cp037", "café"),
        (b'<meta charset="cp037"><p>cafe', "text/html", "cafe"),
        (b"<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'><p>a", "", "a"),
    ],
)
def test_charsets(body: bytes, content_type: str, text: str) -> None:
    document = parse_document(body, content_type=content_type)
    assert [collapse(found) for found in document.texts("p, body > p") or document.texts("body")] == [text]


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"   ", b"\x00" * 1000, b"\x89PNG\r\n\x1a\n\x00", b"<!-- -->", b"{}", b"\xff\xfe"]
)
def test_what_is_no_html_is_a_document_without_matches(body: bytes) -> None:
    document = parse_document(body)
    assert document.texts("title") == []
    assert document.links("body") == []


def test_nul_bytes_are_dropped() -> None:
    assert parse_document(b"<ti\x00tle>Sh\x00op</title>").first("title") == "Shop"


@given(
    body=st.binary() | st.text().map(str.encode),
    charset=st.sampled_from(["", "utf-8", "utf-16", "utf-7", "unicode_escape", "idna", "rot13", "undefined"]),
)
def test_no_body_and_no_charset_raises(body: bytes, charset: str) -> None:
    document = parse_document(body, content_type=f"text/html; charset={charset}")
    assert all(isinstance(text, str) for text in document.texts("*"))


@pytest.mark.parametrize(
    "selector", ["h1", "a::attr(href)", "p::text", "xpath://h1", "xpath:count(//h1)", "li:has(> a)", "a, b"]
)
def test_right_selectors(selector: str) -> None:
    check_selector(selector)


@pytest.mark.parametrize(
    ("selector", "kind"),
    [
        ("h1..x", "CSS"),
        ("p::words", "CSS"),
        ("", "CSS"),
        ("//h1", "CSS"),
        ("xpath:", "XPath"),
        ("xpath://h1[", "XPath"),
        ("xpath:no_such_function(//h1)", "XPath"),
        ("xpath://x:h1", "XPath"),
    ],
)
def test_wrong_selectors(selector: str, kind: str) -> None:
    with pytest.raises(ValueError, match=f"^is no {kind} selector: "):
        check_selector(selector)


@given(st.text(alphabet="a \t\n\f\r\u00a0\u2003"))
def test_collapsing_is_idempotent_and_leaves_other_spaces_alone(text: str) -> None:
    collapsed = collapse(text)
    assert collapse(collapsed) == collapsed
    assert [c for c in collapsed if c not in " "] == [c for c in text if c not in " \t\n\f\r"]
    assert "  " not in collapsed

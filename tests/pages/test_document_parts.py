"""Parts of a document are documents."""

from __future__ import annotations

from ecomscraper.pages.document import Link, parse_document


def test_parts_are_documents_whose_links_start_from_the_pages_base() -> None:
    html = b"<base href='/shop/'><ul><li><a href='1'>One</a><li><a href='2'>Two</a></ul><a href='3'>Three</a>"
    parts = parse_document(html, url="https://shop.example/deep/").parts("li")
    assert [part.links("a") for part in parts] == [
        [Link("One", "https://shop.example/shop/1")],
        [Link("Two", "https://shop.example/shop/2")],
    ]
    assert [part.tree.tag for part in parts] == ["li", "li"]


def test_only_elements_are_parts() -> None:
    assert parse_document(b"<p title=x>text</p>").parts("p::text, p::attr(title)") == []

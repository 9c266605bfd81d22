"""The printed total of a page that nothing is known of: a number that fits what the page shows."""

from __future__ import annotations

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.total_finder import FoundTotal, find_total

CARDS = "".join(f'<li class="card"><a href="/{n}">Thing 300 {n}</a> $9</li>' for n in range(16))


def total(text: str, last_page: int | None) -> FoundTotal | None:
    document = parse_document(f'<body><div class="head">{text}</div><ul>{CARDS}</ul></body>'.encode())
    return find_total(document, card="li.card", cards=16, last_page=last_page)


@pytest.mark.parametrize(
    ("text", "last_page", "expected"),
    [
        ('<p class="count">Showing 1–16 of 188 results</p>', 12, FoundTotal("p.count", 188)),
        ('<p class="count">1 - 16 / 1.188</p>', None, FoundTotal("p.count", 1188)),
        ('<p class="count">Il y a 188 produits.</p>', 12, FoundTotal("p.count", 188)),
        ('<p class="count">188件</p>', None, FoundTotal("p.count", 188)),
        ('<p class="c"><b>188</b> results, <b>1</b> to <b>16</b></p>', 12, FoundTotal("p.c", 188)),
        ('<p class="count">16 products</p>', 1, FoundTotal("p.count", 16)),
        ('<p class="count">188 products</p><p class="count">188 products</p>', 12, FoundTotal("p.count", 188)),
    ],
)
def test_total_that_fits(text: str, last_page: int | None, expected: FoundTotal) -> None:
    assert total(text, last_page) == expected


@pytest.mark.parametrize(
    ("text", "last_page"),
    [
        ("", 12),
        ("<p>Call 0800 188</p>", 12),
        ("<p>900 products in all shops</p>", 12),
        ("<p>Free delivery from $188</p>", 12),
        ("<p>3 products in your cart</p>", None),
        ("<p>© 2024</p>", None),
    ],
)
def test_other_numbers_are_no_total(text: str, last_page: int | None) -> None:
    assert total(text, last_page) is None

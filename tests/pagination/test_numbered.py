"""Which pages a numbered listing has, and which of them are asked for."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.numbered import (
    PageRange,
    first_pages,
    last_page,
    page_url,
    pages_after,
    parse_pages,
)
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.sites.profile import SiteProfile


def profile(start: str = "https://shop.example/all/", page_url: str = "page/{page}/", **pagination: Any) -> SiteProfile:
    tables = {"name": "acme", "start": start, "pagination": {"page_url": page_url, **pagination}}
    return SiteProfile.model_validate(tables)


def listing(pager: int | None = None, total: int | None = None, cards: int | None = 16) -> ListingPage:
    return ListingPage(title="Acme", declared_total=total, last_page=pager, cards=cards)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("4", ((4, 4),)),
        ("3-7,12", ((3, 7), (12, 12))),
        ("12,3-7", ((3, 7), (12, 12))),
        (" 3 - 7 , 12 ", ((3, 7), (12, 12))),
        ("3–7", ((3, 7),)),
        ("3-", ((3, None),)),
        ("-5", ((1, 5),)),
        ("1-3,2-5,6", ((1, 6),)),
        ("1-9,2-3", ((1, 9),)),
        ("9-,3,12-14", ((3, 3), (9, None))),
        ("5-,5", ((5, None),)),
        ("7,7,7", ((7, 7),)),
        ("1-999999999", ((1, 999999999),)),
    ],
)
def test_parse_pages(text: str, spans: tuple[tuple[int, int | None], ...]) -> None:
    pages = parse_pages(text)
    assert pages.spans == spans
    assert parse_pages(str(pages)) == pages


ALLOWED = "write pages from 1 such as 4, 3-7, 12- (to the end) or -5, with commas between"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("7-3", '-a pages=7-3: "7-3" ends before it starts; write 3-7'),
        ("1,x", f'-a pages=1,x: "x" is neither a page nor a range; {ALLOWED}'),
        ("", f'-a pages=: "" is neither a page nor a range; {ALLOWED}'),
        ("1,,2", f'-a pages=1,,2: "" is neither a page nor a range; {ALLOWED}'),
        ("-", f'-a pages=-: "-" is neither a page nor a range; {ALLOWED}'),
        ("1-2-3", f'-a pages=1-2-3: "1-2-3" is neither a page nor a range; {ALLOWED}'),
        ("1.5", f'-a pages=1.5: "1.5" is neither a page nor a range; {ALLOWED}'),
        ("0", f'-a pages=0: "0", there is no page 0; {ALLOWED}'),
        ("0-3", f'-a pages=0-3: "0-3", there is no page 0; {ALLOWED}'),
        ("1234567890", f'-a pages=1234567890: "1234567890" is neither a page nor a range; {ALLOWED}'),
    ],
)
def test_wrong_pages(text: str, message: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        parse_pages(text)
    assert str(raised.value) == message


def test_a_range_of_pages() -> None:
    pages = parse_pages("3-5,12")
    assert list(pages) == [3, 4, 5, 12]
    assert (pages.first, pages.last, len(pages), pages.has_end, bool(pages)) == (3, 12, 4, True, True)
    assert [page for page in range(14) if page in pages] == [3, 4, 5, 12]
    assert "4" not in pages


def test_a_range_without_end() -> None:
    pages = parse_pages("2,5-")
    assert list(islice(pages, 4)) == [2, 5, 6, 7]
    assert (pages.first, pages.last, pages.has_end) == (2, None, False)
    assert 10**9 in pages
    with pytest.raises(ValueError, match="pages 2,5- have no end"):
        len(pages)


def test_an_empty_range() -> None:
    pages = parse_pages("5-").clip(4)
    assert (list(pages), pages.first, pages.last, len(pages), bool(pages)) == ([], None, None, 0, False)


@pytest.mark.parametrize(
    ("pages", "last", "clipped"),
    [("3-7,12", 12, "3-7,12"), ("3-7,12", 5, "3-5"), ("3-", 5, "3-5"), ("1-", 1, "1"), ("3-7,12", 2, "")],
)
def test_clip(pages: str, last: int, clipped: str) -> None:
    assert str(parse_pages(pages).clip(last)) == clipped


SPANS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 9) | st.none()).map(
        lambda span: (span[0], None if span[1] is None else span[0] + span[1])
    ),
    max_size=5,
)


@given(SPANS, SPANS)
def test_ranges_are_sets_of_pages(spans: list[tuple[int, int | None]], others: list[tuple[int, int | None]]) -> None:
    def numbers(some: list[tuple[int, int | None]]) -> set[int]:
        return {page for first, last in some for page in range(first, 50 if last is None else last + 1)}

    pages, other = PageRange.of(spans), PageRange.of(others)
    assert list(pages.clip(49)) == sorted(numbers(spans))
    assert {page for page in range(50) if page in pages} == numbers(spans)
    assert list(pages.without(other).clip(49)) == sorted(numbers(spans) - numbers(others))
    assert PageRange.of(reversed(pages.spans)) == pages


@pytest.mark.parametrize(
    ("start", "template", "page", "url"),
    [
        ("https://shop.example/all/", "page/{page}/", 1, "https://shop.example/all/"),
        ("https://shop.example/all/", "page/{page}/", 4, "https://shop.example/all/page/4/"),
        ("http://127.0.0.1:8000/all/", "page/{page}/", 4, "http://127.0.0.1:8000/all/page/4/"),
        ("https://shop.example/", "catalogue/page-{page}.html", 2, "https://shop.example/catalogue/page-2.html"),
        ("https://shop.example/all", "?page={page}", 2, "https://shop.example/all?page=2"),
        ("https://shop.example/all/", "/p/{page}", 2, "https://shop.example/p/2"),
        ("https://shop.example/all/", "https://other.example/{page}", 2, "https://other.example/2"),
    ],
)
def test_page_url(start: str, template: str, page: int, url: str) -> None:
    site = profile(start, template)
    assert page_url(site, page) == url
    assert next(first_pages(site, parse_pages(str(page)))) == PageRef(page, page, url)


@pytest.mark.parametrize(
    ("pagination", "seen", "last"),
    [
        ({"last_page": 9}, listing(pager=12, total=1880), 9),
        ({}, listing(pager=12), 12),
        ({"page_size": 16}, listing(pager=12, total=188), 12),
        ({"page_size": 16}, listing(total=188), 12),
        ({"page_size": 16}, listing(total=192), 12),
        ({"page_size": 16}, listing(total=193), 13),
        ({"page_size": 16}, listing(pager=3, total=188), 12),
        ({"page_size": 16}, listing(pager=13, total=188), 13),
        ({}, listing(pager=12, total=188, cards=1), 12),
        ({}, listing(total=188), 12),
        ({}, listing(total=12, cards=12), 1),
        ({}, listing(total=1, cards=1), 1),
        ({}, listing(total=188, cards=0), None),
        ({}, listing(total=188, cards=None), None),
        ({"page_size": 16}, listing(total=0, cards=0), None),
        ({}, listing(), None),
    ],
)
def test_last_page(pagination: dict[str, int], seen: ListingPage, last: int | None) -> None:
    assert last_page(seen, profile(**pagination)) == last


@pytest.mark.parametrize(
    ("last", "pages", "seed"),
    [
        (None, None, [1]),
        (None, "3-7,12", [3]),
        (None, "10-", [10]),
        (None, "40-", [40]),
        (12, None, list(range(1, 13))),
        (12, "3-5,11-40", [3, 4, 5, 11, 12]),
    ],
)
def test_first_pages(last: int | None, pages: str | None, seed: list[int]) -> None:
    wanted = parse_pages(pages) if pages else None
    assert [ref.page for ref in first_pages(profile(last_page=last), wanted)] == seed


@pytest.mark.parametrize(
    ("pages", "position", "last", "after"),
    [
        (None, 1, 12, list(range(2, 13))),
        (None, 2, 12, list(range(3, 13))),
        ("3-7,12", 3, 12, [4, 5, 6, 7, 12]),
        ("3-7,12", 5, 12, [6, 7, 12]),
        ("3-7,12", 3, 6, [4, 5, 6]),
        ("10-", 10, 12, [11, 12]),
        ("10-400", 10, 12, [11, 12]),
        ("40-", 40, 12, []),
        ("3-7,12", 12, None, []),
        ("3-7,12", 7, None, [12]),
    ],
)
def test_pages_after(pages: str | None, position: int, last: int | None, after: list[int]) -> None:
    site = profile()
    found = list(pages_after(site, parse_pages(pages) if pages else None, position, last))
    assert found == [PageRef(page, page, page_url(site, page)) for page in after]


def test_pages_after_the_end_of_the_listing() -> None:
    with pytest.raises(ArgumentError, match=r"^-a pages=40-: the listing has pages 1-12$"):
        first_pages(profile(last_page=12), parse_pages("40-"))


def test_a_million_pages_come_one_at_a_time() -> None:
    after = pages_after(profile(), None, 1, 1_000_000)
    assert next(after) == PageRef(2, 2, "https://shop.example/all/page/2/")
    assert sum(1 for _ in after) == 999_998

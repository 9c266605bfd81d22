from __future__ import annotations

from typing import Any

import pytest

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import Visit
from ecomscraper.pagination.following import KnownPages, Outcome, SettledPage
from ecomscraper.pagination.next_link import NextLink
from ecomscraper.pagination.numbered import page_url, parse_pages
from ecomscraper.pagination.seed import Seed
from ecomscraper.pagination.strategy import first_pages, follower, follower_again
from ecomscraper.sites.profile import SiteProfile

START = "https://shop.example/all/"
API = {"strategy": "api", "page_url": "/api/items?page={page}&limit={page_size}", "page_size": 50}
OFFSET = {"strategy": "api", "page_url": "/api/items?offset={offset}", "page_size": 50}
CURSOR = {"strategy": "api", "page_url": "/api/items?after={cursor}"}
SILENT = ListingPage("", None, None, None)


def profile(pagination: dict[str, Any], **more: Any) -> SiteProfile:
    return SiteProfile.model_validate({"name": "acme", "start": START, "pagination": pagination, **more})


@pytest.mark.parametrize(
    ("pagination", "first", "third"),
    [
        ({"page_url": "page/{page}/"}, START, f"{START}page/3/"),
        ({"page_url": "?from={offset}", "page_size": 20}, START, f"{START}?from=40"),
        (API, "https://shop.example/api/items?page=1&limit=50", "https://shop.example/api/items?page=3&limit=50"),
        (OFFSET, "https://shop.example/api/items?offset=0", "https://shop.example/api/items?offset=100"),
    ],
)
def test_the_url_of_a_number(pagination: dict[str, Any], first: str, third: str) -> None:
    site = profile(pagination)
    assert [page_url(site, page) for page in (1, 3)] == [first, third]
    assert [ref.url for ref in first_pages(site, parse_pages("3"))] == [third]


@pytest.mark.parametrize(
    "pagination", [{"strategy": "next_link"}, {"strategy": "sitemap"}, {"strategy": "api"}, CURSOR]
)
def test_what_has_no_numbers_begins_at_the_start(pagination: dict[str, Any]) -> None:
    site = profile(pagination)
    assert [(ref.position, ref.url) for ref in first_pages(site, None)] == [(1, START)]


@pytest.mark.parametrize(
    ("pagination", "kind"),
    [
        ({"page_url": "?p={page}"}, Seed),
        ({"page_url": "?p={page}", "last_page": 9}, type(None)),
        ({"strategy": "next_link"}, NextLink),
        ({"strategy": "sitemap"}, type(None)),
        ({"strategy": "api"}, NextLink),
        (API, Seed),
        (OFFSET, Seed),
        (CURSOR, NextLink),
    ],
)
def test_what_finds_the_other_pages(pagination: dict[str, Any], kind: type) -> None:
    assert type(follower(profile(pagination), None)) is kind


@pytest.mark.parametrize(
    ("pagination", "pages", "words"),
    [
        ({"strategy": "url_list"}, None, "site acme has no listing of its own: give its pages with -a urls=FILE"),
        ({"strategy": "sitemap"}, "1-2", "-a pages=1-2: the sitemap of site acme has no pages to choose from"),
        ({"strategy": "next_link"}, "3-", "-a pages=3-: site acme names each page on the one before; write -5"),
        (CURSOR, "1,3", "-a pages=1,3: site acme names each page on the one before"),
        ({"page_url": "?p={page}", "last_page": 9}, "12-", "-a pages=12-: the listing has pages 1-9"),
    ],
)
def test_pages_that_cannot_be_chosen(pagination: dict[str, Any], pages: str | None, words: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        list(first_pages(profile(pagination), parse_pages(pages) if pages else None))
    assert str(raised.value).startswith(words)


def test_the_first_pages_of_a_chain_can_be_chosen() -> None:
    finder = follower(profile({"strategy": "next_link"}), parse_pages("-1"))
    assert finder is not None
    page = SettledPage(1, (START,), ListingPage("", None, None, 16, f"{START}?p=2"), Outcome.STORED)
    assert finder.revealed_by(page).pages is None


def resumed(pagination: dict[str, Any], known: KnownPages) -> list[str] | None:
    """What the last page that is known reveals, if it gives something."""
    finder = follower_again(profile(pagination), None, known)
    if finder is None:
        return None
    position = known.last_position
    step = finder.revealed_by(
        SettledPage(
            position, (f"{START}?p={position}",), ListingPage("", None, None, 16, f"{START}?p=9"), Outcome.STORED
        )
    )
    return [ref.url for ref in step.pages()] if step.pages else []


NUMBERED = {"page_url": "?p={page}"}
VISITS = [Visit(1, (START,), "a"), Visit(2, (f"{START}?p=2",), "b")]


def test_a_resumed_crawl_goes_on_from_its_last_page() -> None:
    known = KnownPages(3, 2, SILENT, VISITS)
    assert resumed(NUMBERED, known) == [f"{START}?p=4"]
    assert resumed({"strategy": "next_link"}, known) == [f"{START}?p=9"]


def test_a_resumed_crawl_whose_pages_are_all_known_finds_no_more() -> None:
    assert resumed(NUMBERED, KnownPages(12, 5, ListingPage("", 188, 12, 16), VISITS)) is None
    assert resumed({"strategy": "sitemap"}, KnownPages(1, None, SILENT, [])) is None


def test_a_resumed_crawl_remembers_how_often_it_has_tried() -> None:
    assert resumed(NUMBERED, KnownPages(3, None, SILENT, [])) == [f"{START}?p=4"]
    assert follower_again(profile(NUMBERED), None, KnownPages(4, None, SILENT, [])) is None

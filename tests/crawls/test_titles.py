"""Titles as a user gets them: of the demo shop, of parts of it, and of lists of URLs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_twisted

from ecomscraper.items import Title

if TYPE_CHECKING:
    from conftest import Shop

LISTING = "http://demo.localhost/ecommerce/"
URLS_TXT = Path(__file__).parents[2] / "data" / "urls.txt"
SHUFFLED = (3, 1, 12, 7, 2, 9, 5, 11)  # the pages in data/urls.txt


def listing_url(page: int) -> str:
    return LISTING if page == 1 else f"{LISTING}page/{page}/"


def title_of(page: int) -> str:
    between = "" if page == 1 else f"Page {page} – "
    return f"Demo Shop for Scrapers – {between}demo.localhost"


def expected(page: int, url: str, title: str) -> dict[str, Any]:
    return {
        "page": page,
        "title": title,
        "name": "Demo Shop for Scrapers",
        "site_title": "demo.localhost",
        "url": url,
        "final_url": url,
    }


def without_time(row: Title) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("page", "title", "name", "site_title", "url", "final_url")}


@pytest_twisted.ensureDeferred
async def test_the_demo_shop_gives_its_twelve_pages(crawl: Callable[..., Any]) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)  # kept with milliseconds

    crawled = await crawl()

    rows = crawled.rows()
    assert [without_time(row) for row in rows] == [
        expected(page, listing_url(page), title_of(page)) for page in range(1, 13)
    ]
    assert all(before <= row.fetched_at <= datetime.now(UTC) for row in rows)
    facts = crawled.verdict.facts
    assert (crawled.verdict.exit_code, facts.stored, facts.declared_total, facts.cards) == (0, 12, 188, 188)
    # robots.txt and each page once: nothing is asked twice
    assert crawled.counts().requests == 13
    assert [(page.http_status, page.attempts, page.cards) for page in crawled.pages()] == [(200, 1, 16)] * 11 + [
        (200, 1, 12)
    ]


@pytest.mark.parametrize(
    ("pages", "numbers"),
    [
        ("3-7,12", [3, 4, 5, 6, 7, 12]),
        ("10-", [10, 11, 12]),
        ("-2", [1, 2]),
        ("12,2,2-3", [2, 3, 12]),
        ("11-20", [11, 12]),  # the listing ends at 12
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_part_of_the_listing(crawl: Callable[..., Any], pages: str, numbers: list[int]) -> None:
    crawled = await crawl(pages=pages)

    assert [(row.page, row.title, row.url) for row in crawled.rows()] == [
        (page, title_of(page), listing_url(page)) for page in numbers
    ]
    assert crawled.verdict.exit_code == 0
    assert crawled.counts().requests == 1 + len(numbers)
    assert crawled.verdict.facts.whole_listing is False


@pytest_twisted.ensureDeferred
async def test_pages_beyond_the_end_are_told(crawl: Callable[..., Any]) -> None:
    crawled = await crawl(pages="13-20")

    assert crawled.rows() == []
    assert [(page.page, page.status, page.reason) for page in crawled.pages()] == [(13, "failed", "http_404")]
    assert crawled.verdict.exit_code == 3


@pytest_twisted.ensureDeferred
async def test_a_list_of_urls_keeps_its_order(crawl: Callable[..., Any]) -> None:
    crawled = await crawl(urls=str(URLS_TXT))

    assert [without_time(row) for row in crawled.rows()] == [
        expected(position, listing_url(page), title_of(page)) for position, page in enumerate(SHUFFLED, start=1)
    ]
    assert crawled.verdict.exit_code == 0
    assert crawled.verdict.facts.site == "demo"  # known by its host, so read within its limits


@pytest_twisted.ensureDeferred
async def test_one_failing_page_never_ends_the_rest(crawl: Callable[..., Any], tmp_path: Path) -> None:
    faults = {1: "?fault=status=404", 4: "?fault=reset", 6: "?fault=no_title"}  # by index in the list
    urls = [listing_url(page) + faults.get(index, "") for index, page in enumerate(SHUFFLED)]
    (tmp_path / "urls.txt").write_text("\n".join(urls), encoding="utf-8")

    crawled = await crawl(
        urls=str(tmp_path / "urls.txt"), settings={"RETRY_TIMES": 1, "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.01}
    )

    assert [(row.page, row.title, row.url) for row in crawled.rows()] == [
        (index + 1, title_of(page), urls[index]) for index, page in enumerate(SHUFFLED) if index not in faults
    ]
    assert [(page.position, page.url, page.reason, page.attempts) for page in crawled.pages() if page.reason] == [
        (2, urls[1], "http_404", 1),
        (5, urls[4], "connection_lost", 2),
        (7, urls[6], "no_title", 1),
    ]
    assert crawled.verdict.exit_code == 3
    assert {reason: failed.count for reason, failed in crawled.verdict.facts.failed.items()} == {
        "http_404": 1,
        "connection_lost": 1,
        "no_title": 1,
    }


@pytest_twisted.ensureDeferred
async def test_a_url_that_stands_twice_gives_two_rows(crawl: Callable[..., Any], tmp_path: Path) -> None:
    pages = (2, 5, 2)
    (tmp_path / "urls.txt").write_text("".join(f"{listing_url(page)}\n" for page in pages), encoding="utf-8")

    crawled = await crawl(urls=str(tmp_path / "urls.txt"))

    assert [(row.page, row.title) for row in crawled.rows()] == [
        (position, title_of(page)) for position, page in enumerate(pages, start=1)
    ]
    assert crawled.counts().requests == 4
    assert crawled.verdict.exit_code == 0


@pytest_twisted.ensureDeferred
async def test_the_first_pages_numbered_address_is_the_same_page(crawl: Callable[..., Any], tmp_path: Path) -> None:
    urls = [f"{LISTING}page/1/", LISTING]
    (tmp_path / "urls.txt").write_text("\n".join(urls), encoding="utf-8")

    crawled = await crawl(urls=str(tmp_path / "urls.txt"))

    assert [(row.page, row.title, row.url, row.final_url) for row in crawled.rows()] == [
        (1, title_of(1), urls[0], LISTING),
        (2, title_of(1), LISTING, LISTING),
    ]
    assert [page.same_as for page in crawled.pages()] == [2, None]


@pytest_twisted.ensureDeferred
async def test_one_url(crawl: Callable[..., Any]) -> None:
    crawled = await crawl(url=listing_url(7))

    assert [without_time(row) for row in crawled.rows()] == [expected(1, listing_url(7), title_of(7))]


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_a_list_over_two_hosts(crawl: Callable[..., Any], demo_shop: Callable[..., Shop], tmp_path: Path) -> None:
    one, other = demo_shop("--small"), demo_shop("--small", "--products", "48")
    wanted = [(one, 4), (other, 2), (one, 1), (other, 3), (other, 9)]
    urls = [shop.listing(page) for shop, page in wanted]
    (tmp_path / "urls.txt").write_text("\n".join(urls), encoding="utf-8")

    crawled = await crawl(
        urls=str(tmp_path / "urls.txt"), settings={"AUTOTHROTTLE_ENABLED": False, "DOWNLOAD_DELAY": 0}
    )

    assert [(row.page, row.title, row.url) for row in crawled.rows()] == [
        (position, title_of(page), urls[position - 1]) for position, (_, page) in enumerate(wanted[:4], start=1)
    ]
    assert [(page.position, page.reason) for page in crawled.pages() if page.status == "failed"] == [(5, "http_404")]
    assert crawled.verdict.facts.site == "url_list"
    assert crawled.verdict.facts.hosts == tuple(sorted([one.host, other.host]))
    assert (one.counts()["requests"], other.counts()["requests"]) == (3, 4)  # each one's robots.txt, too
    assert re.fullmatch(r"url_list: INCOMPLETE: 4 of 5 pages stored; 1 failed;.*", crawled.verdict.lines[-1][10:])

"""The figures of a ledger made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import pages
from ecomscraper.pagination.page_ref import LISTING_ROOM, OWN_PAGES
from ecomscraper.verdict.facts import FailedPages, ListingFigures
from ecomscraper.verdict.queries import failed_pages, page_figures

STORED = {"status": "stored", "items": 1, "invalid": 0, "declared_total": 40, "cards": 16, "same_as": None}
ROWS: tuple[dict[str, object], ...] = (
    STORED,
    STORED | {"invalid": 2, "declared_total": 41},
    STORED | {"cards": 9, "declared_total": None},
    STORED | {"same_as": 1},  # shows the products of page 1 again
    {"status": "failed", "reason": "timeout", "detail": "30 s", "cards": 5, "invalid": 1, "declared_total": 99},
    {"status": "failed", "reason": "http_404"},
    {"status": "failed", "reason": "timeout", "detail": "31 s"},
    {"status": "pending"},
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """On a database with crawls 1 (empty), 2 (as above) and 3 (one stored page)."""
    engine = open_database(f"sqlite:///{tmp_path / 'l.sqlite3'}")
    with write(engine) as opened:
        for rows in ((), ROWS, (STORED,)):
            crawl_id = begin_crawl(opened, NewCrawl("shop", "ecommerce", {}, {}, [], []), ())
            for position, row in enumerate(rows, 1):
                url = f"http://shop.example/{position}"
                row = {"crawl_id": crawl_id, "position": position, "page": position, "url": url} | row
                opened.execute(insert(pages), row)
        yield opened
    engine.dispose()


def test_the_figures_of_a_crawl(connection: Connection) -> None:
    figures = page_figures(connection, 2)
    assert (figures.stored, figures.pending) == (4, 1)
    assert (figures.items, figures.invalid) == (4, 2)
    assert (figures.declared_total, figures.smallest_total) == (41, 40)
    assert figures.cards == 16 + 16 + 9
    assert figures.failed == {
        "timeout": FailedPages(2, "http://shop.example/5", "30 s"),
        "http_404": FailedPages(1, "http://shop.example/6", None),
    }


def test_a_crawl_of_nothing_has_no_figures(connection: Connection) -> None:
    figures = page_figures(connection, 1)
    assert (figures.stored, figures.pending, figures.failed) == (0, 0, {})
    assert (figures.items, figures.invalid) == (0, 0)
    assert (figures.declared_total, figures.smallest_total, figures.cards) == (None, None, None)


def test_another_crawl_is_not_counted(connection: Connection) -> None:
    assert page_figures(connection, 3).stored == 1
    assert failed_pages(connection, 3) == {}


def test_each_of_several_listings_has_figures_of_its_own(connection: Connection) -> None:
    """The second one shows what the first one does: by a redirect, and by the same cards."""
    first, second, third = LISTING_ROOM, 2 * LISTING_ROOM, 3 * LISTING_ROOM
    rows: dict[int, dict[str, object]] = {
        1: STORED | {"kind": "menu", "declared_total": 999, "cards": 99},
        first + 1: STORED | {"declared_total": 25, "fingerprint": "a"},
        first + 2: STORED | {"declared_total": 26, "fingerprint": "b", "cards": 9},
        first + 3: STORED | {"declared_total": 26, "same_as": first + 1, "fingerprint": "a"},
        second + 1: STORED | {"declared_total": 16, "same_as": first + 1, "fingerprint": "a"},
        third + 1: STORED | {"declared_total": None, "fingerprint": "a", "reason": "page_limit", "detail": "1 is read"},
        third + 2: {"status": "failed", "reason": "timeout", "declared_total": 7},
        OWN_PAGES + 1: STORED | {"kind": "product", "declared_total": 5, "cards": 4},
    }
    crawl_id = begin_crawl(connection, NewCrawl("shop", "products", {}, {}, [], []), ())
    for position, row in rows.items():
        number, page = divmod(position, LISTING_ROOM)
        listing = number if number in (1, 2, 3) else None
        own = {"crawl_id": crawl_id, "position": position, "page": page or 1, "listing": listing}
        connection.execute(insert(pages), own | {"url": f"http://shop.example/{position}"} | row)

    figures = page_figures(connection, crawl_id)

    assert figures.listings == (
        ListingFigures(f"http://shop.example/{first + 1}", 26, 25, 25),
        ListingFigures(f"http://shop.example/{second + 1}", 16, 16, 16),
        ListingFigures(f"http://shop.example/{third + 1}", None, None, 16, is_end_inferred=True),
    )
    assert (figures.declared_total, figures.smallest_total, figures.cards) == (42, 41, 57)
    assert (figures.same_pages, figures.repeated_pages) == (2, 0)
    assert page_figures(connection, 2).listings == ()


def test_pages_that_show_the_same_count_once_and_endings_are_no_failures(connection: Connection) -> None:
    rows: tuple[dict[str, object], ...] = (
        STORED | {"fingerprint": "a", "reason": "page_limit", "detail": "2 are read"},
        STORED | {"fingerprint": "a"},
        STORED | {"fingerprint": "b", "cards": 9},
        STORED | {"kind": "product", "cards": 4},  # what stands beside a product
        {"status": "failed", "reason": "repeated_page", "detail": "as page 1"},
        {"status": "failed", "reason": "timeout"},
    )
    crawl_id = begin_crawl(connection, NewCrawl("shop", "products", {}, {}, [], []), ())
    for position, row in enumerate(rows, 1):
        own = {"crawl_id": crawl_id, "position": position, "page": position, "url": f"http://shop.example/{position}"}
        connection.execute(insert(pages), own | row)

    figures = page_figures(connection, crawl_id)

    assert (figures.cards, figures.repeated_pages) == (16 + 9, 1)
    assert figures.failed == {"timeout": FailedPages(1, "http://shop.example/6", None)}
    assert figures.endings == {
        "page_limit": FailedPages(1, "http://shop.example/1", "2 are read"),
        "repeated_page": FailedPages(1, "http://shop.example/5", "as page 1"),
    }

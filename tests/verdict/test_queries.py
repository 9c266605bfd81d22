"""The figures of a ledger made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import pages
from ecomscraper.verdict.queries import failed_pages, page_figures
from ecomscraper.verdict.verdict import FailedPages

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

"""One record a site and spider: its last crawl, and how it went over its last ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from ecomscraper.ledger.crawls import NewCrawl, begin_crawl, end_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import pages
from ecomscraper.verdict.fleet import TREND, exit_codes, fleet_records, sparkline
from ecomscraper.verdict.history import crawl_records


def begin(connection: Connection, site: str, spider: str = "ecommerce") -> int:
    return begin_crawl(connection, NewCrawl(site, spider, {}, {}, [], []), ())


def end(connection: Connection, crawl_id: int, *, stored: int, failed: int = 0, before: int = 0) -> None:
    code = 3 if failed else 0
    verdict: dict[str, Any] = {
        "stored": stored,
        "pending": 0,
        "failed": {"timeout": {"count": failed}} if failed else {},
        "items": 16 * stored,
        "seconds": 2.0,
        "stored_before": before,
    }
    end_crawl(connection, crawl_id, status="finished", exit_code=code, verdict=verdict)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = open_database(f"sqlite:///{tmp_path / 'l.sqlite3'}")
    with write(engine) as opened:
        yield opened
    engine.dispose()


def test_a_site_and_its_trend(connection: Connection) -> None:
    for stored in range(1, TREND + 3):
        end(connection, begin(connection, "zeta"), stored=stored, failed=stored % 2)
    end(connection, begin(connection, "alpha", "products"), stored=30, before=10)
    end(connection, begin(connection, "alpha"), stored=7)

    alpha, alpha_products, zeta = fleet_records(connection)

    assert [(each["site"], each["spider"]) for each in (alpha, alpha_products, zeta)] == [
        ("alpha", "ecommerce"),
        ("alpha", "products"),
        ("zeta", "ecommerce"),
    ]
    assert (alpha_products["stored"], alpha_products["pages_per_second"]) == (30, 10.0)
    last = {name: zeta[name] for name in ("id", "verdict", "pages", "stored", "failed", "items", "pages_per_second")}
    assert last == {"id": 10, "verdict": "complete", "pages": 10, "stored": 10, "failed": 0, "items": 160,
                    "pages_per_second": 5.0}  # fmt: skip
    assert [each["id"] for each in zeta["trend"]] == [3, 4, 5, 6, 7, 8, 9, 10]
    assert exit_codes(zeta["trend"]) == "3 0 3 0 3 0 3 0"


def test_a_crawl_that_has_not_ended_is_counted_by_its_pages(connection: Connection) -> None:
    crawl_id = begin(connection, "shop")
    for position, (status, reason) in enumerate(
        [("stored", None), ("failed", "timeout"), ("failed", "past_the_end"), ("pending", None)], 1
    ):
        row = {"crawl_id": crawl_id, "position": position, "page": position, "url": "http://shop.example/"}
        connection.execute(insert(pages), row | {"status": status, "reason": reason, "items": int(status == "stored")})

    (record,) = fleet_records(connection)

    figures = {name: record[name] for name in ("verdict", "pages", "stored", "failed", "pending", "items", "seconds")}
    assert figures == {"verdict": "running", "pages": 3, "stored": 1, "failed": 1, "pending": 1, "items": 1,
                       "seconds": None}  # fmt: skip
    assert record["trend"][0]["pages_per_second"] is None


def test_crawls_of_one_site(connection: Connection) -> None:
    for site in ("one", "two", "one"):
        begin(connection, site)
    assert [record["id"] for record in crawl_records(connection)] == [3, 2, 1]
    assert [record["id"] for record in crawl_records(connection, "one")] == [3, 1]


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([0.0, 0.0], "▁▁"), ([None, 5.0], "·█"), ([1.0, 4.0, 8.0], "▂▅█"), ([70.4, 66.6, 17.1], "██▃")],
)
def test_sparklines(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line

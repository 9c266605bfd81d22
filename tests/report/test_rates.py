"""What was allowed, answered, refused and repeated in each slot is what samples and pages add up to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import pages, throttle_samples
from ecomscraper.report.course import course

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    opened = open_database(request.getfixturevalue(request.param))
    yield opened
    opened.dispose()


def sample(at: float, way: str, **changes: Any) -> dict[str, Any]:
    values = {
        "crawl_id": 1, "at": NOON + timedelta(seconds=at), "host": "shop.example", "way": way, "seconds": 1.0,
        "concurrency": 4, "spacing_seconds": 0.0, "in_flight": 2, "served": 10, "refused": 0, "failed": 0,
        "latency_median_seconds": 0.1, "latency_p95_seconds": 0.2, "pages_stored": 0, "pages_failed": 0, "why": "",
    }  # fmt: skip
    return values | changes


def page(position: int, at: float | None, attempts: int, **changes: Any) -> dict[str, Any]:
    fetched_at = None if at is None else NOON + timedelta(seconds=at)
    values = {"crawl_id": 1, "position": position, "page": position, "url": f"http://shop.example/{position}",
              "status": "stored", "reason": None, "attempts": attempts, "fetched_at": fetched_at}  # fmt: skip
    return values | changes


def test_each_slot_has_its_own(engine: Engine) -> None:
    with write(engine) as connection:
        begin_crawl(connection, NewCrawl("shop", "ecommerce", {}, {}, [], []), [])
        connection.execute(
            insert(throttle_samples),
            [
                sample(0.2, "direct", spacing_seconds=0.25),
                sample(0.4, "direct", spacing_seconds=0.75, served=5, refused=3),  # with the first: 0.5 apart
                sample(0.3, "proxy", spacing_seconds=0.1, served=20),
                sample(1.2, "direct", spacing_seconds=0.2, refused=1),
                sample(1.3, "proxy"),
            ],
        )
        connection.execute(
            insert(pages),
            [
                page(1, 0.0, 1),
                page(2, 0.5, 3),
                page(3, 1.5, 5, status="failed", reason="http_503"),
                page(4, 2.5, 2),
                page(5, 2.6, 0, status="failed", reason="offsite"),
                page(6, None, 2, status="pending", reason="http_429"),
            ],
        )
    with engine.connect() as connection:
        found = course(connection, 1)

    assert found.slot_seconds == 1.0
    assert [each.ceiling_per_second for each in found.moments] == [pytest.approx(1 / 0.5 + 1 / 0.1), None, None]
    assert [each.concurrency for each in found.moments] == [8, 8, None]
    assert [each.answered for each in found.moments] == [10 + 8 + 20, 11 + 10, 0]
    assert [each.refused for each in found.moments] == [3, 1, 0]
    assert [each.retried for each in found.moments] == [2, 4, 1]

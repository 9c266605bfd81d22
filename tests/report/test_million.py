"""What the report of a large crawl costs."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import crawls

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.campaign

PAGES, SAMPLES = 1_000_000, 4_000
MOST_SECONDS, MOST_KILOBYTES, MOST_BYTES = 30, 300_000, 3_000_000
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)"
AT = "strftime('%Y-%m-%dT%H:%M:%fZ', 2461000.5 + i * :step / 86400.0)"
FILLED = {
    PAGES: (
        f"""INSERT INTO pages (crawl_id, position, page, url, status, reason, detail, attempts, refusals, fetched_at,
                               size_bytes, declared_total, cards, fingerprint, items, invalid)
            {NUMBERS} SELECT :crawl, i, i, 'https://shop.example/page/' || i, iif(i % 10, 'stored', 'failed'),
                iif(i % 10, NULL, 'http_' || (400 + i % 7)), 'as it is', 1 + i % 3, i % 2, {AT}, 90000, 1000000, 1,
                'f' || i, 1, 0 FROM n""",
        f"""INSERT INTO products (crawl_id, key, source_position, name, price, currency, description, fetched_at,
                                  source)
            {NUMBERS} SELECT :crawl, 'https://shop.example/p/' || i, i, 'Product ' || i,
                1 + (i * 7919 % 100003) / 100.0 + (i % 5 = 0) * :crawl, 'EUR', hex(zeroblob(150)), {AT}, '{{}}'
            FROM n""",
    ),
    SAMPLES: (
        f"""INSERT INTO throttle_samples (crawl_id, at, host, way, seconds, concurrency, spacing_seconds, in_flight,
                served, refused, failed, latency_median_seconds, latency_p95_seconds, pages_stored, pages_failed, why)
            {NUMBERS} SELECT :crawl, {AT}, 'shop.example', 'direct', 6.25, 8 + i % 8, 0.02, 7, 250, i % 3, 0, 0.2, 0.9,
                i, 0, 'held at ' || i || ' a second' FROM n""",
    ),
}  # fmt: skip


def test_a_million_pages_beside_a_million(
    sqlite_database: str, start_scrapy: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    engine = open_database(sqlite_database)
    with write(engine) as connection:
        for crawl in (1, 2):
            row = {"site": "acme", "spider": "products", "status": "broken", "started_at": datetime.now(UTC), "pid": 1,
                   "arguments": {}, "profile": {}, "outputs": [], "hosts": [], "version": "1"}  # fmt: skip
            connection.execute(insert(crawls), {"id": crawl, **row})
            for most, statements in FILLED.items():
                for statement in statements:
                    connection.execute(text(statement), {"most": most, "crawl": crawl, "step": 25_000 / most})
    engine.dispose()

    began = time.monotonic()
    process = start_scrapy("crawls", "report", "2", "--against", "1", "-o", "million.html")
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds, size = time.monotonic() - began, (tmp_path / "million.html").stat().st_size

    logger.info("%.1f s, %.0f MB, a file of %.0f kB", seconds, usage.ru_maxrss / 1000, size / 1000)
    assert (status, said) == (0, f"crawl 2, broken: {tmp_path / 'million.html'}\n")
    assert seconds < MOST_SECONDS
    assert usage.ru_maxrss < MOST_KILOBYTES
    assert size < MOST_BYTES

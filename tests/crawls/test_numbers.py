"""Whoever tells numbers of a crawl tells those of the database, which is asked here in SQL of its own."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_twisted
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console, RenderableType
from scrapy import signals
from scrapy.crawler import Crawler
from sqlalchemy import Connection

from ecomscraper.ledger.tally import Tally, tally_of
from ecomscraper.metrics.extension import MetricsExtension
from ecomscraper.progress.drawing import block, summary
from ecomscraper.progress.snapshot import PaceNow, Snapshot, plain_line
from ecomscraper.report.writing import report_of
from ecomscraper.settings import EXTENSIONS
from ecomscraper.spiders.products import ProductsSpider
from ecomscraper.verdict.fleet import fleet_records
from ecomscraper.verdict.history import crawl_record, crawl_records

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.slow

FAULTS = ("status=404@10%", "status=503:first=1@10%", "status=403@5%", "truncated@5%", "large@5%", "banned@5%")
QUICK = {
    "RETRY_TIMES": 2,
    "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.05,
    "ECOM_LEDGER_BATCH_SECONDS": 0.02,
    "ECOM_METRICS_PORT": 0,
}
ASKED = """
    SELECT count(*), sum(status = 'stored'), sum(status = 'failed'), sum(max(attempts - 1, 0)), sum(refusals),
           sum("items"), count(size_bytes), sum(size_bytes), sum(size_bytes <= 65536),
           max(declared_total), sum(cards) FILTER (WHERE status = 'stored')
    FROM pages"""


class Watcher:
    """Compares the tally with the database at each commit, and reads the metrics when all pages are settled."""

    def __init__(self, crawler: Crawler) -> None:
        self.compared: list[tuple[Tally | None, Tally]] = []
        self.metrics = ""
        self._crawler = crawler
        self._ledger = crawler.spider.crawl.ledger  # type: ignore[union-attr]
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Watcher:
        return cls(crawler)

    async def spider_opened(self) -> None:
        await self._ledger.count()
        self._ledger.watch(after_commit=self._compare)

    async def spider_closed(self) -> None:
        await self._ledger.read(lambda _: None)  # everything is committed
        extension = self._crawler.get_extension(MetricsExtension)
        assert extension is not None
        assert extension.address is not None
        self.metrics = await asyncio.to_thread(read, extension.address)

    def _compare(self, connection: Connection) -> None:
        self.compared.append((self._ledger.tally, tally_of(connection, self._ledger.crawl_id)))


def rendered(drawing: RenderableType) -> str:
    """What it shows on a wide terminal, its frames and colours aside."""
    file = StringIO()
    Console(width=200, file=file).print(drawing)
    return file.getvalue()


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text: str = answer.read().decode()
        return text


@pytest_twisted.ensureDeferred
async def test_they_are_the_databases(
    crawl: Callable[..., Any], demo_shop: Callable[..., Shop], run_scrapy: Callable[..., Any], tmp_path: Path
) -> None:
    shop = demo_shop("--products", "960", *(f"--fault={fault}" for fault in FAULTS))
    extensions = EXTENSIONS | {Watcher: 90}

    crawled = await crawl(ProductsSpider, {"EXTENSIONS": extensions, **QUICK}, start=shop.listing())

    with closing(sqlite3.connect(tmp_path / "data" / "ecomscraper.sqlite3")) as database:
        asked = database.execute(ASKED).fetchone()
        count, stored, failed, retried, refused, items, bodies, body_bytes, small, declared, seen = asked
        by_reason = dict(database.execute("SELECT reason, count(*) FROM pages WHERE status = 'failed' GROUP BY reason"))
        kept = json.loads(database.execute("SELECT verdict FROM crawls").fetchone()[0])
    assert (count, stored + failed) == (60, 60)
    assert {"http_404", "http_403", "truncated", "too_large", "blocked"} <= set(by_reason)
    assert retried > 0
    # a 503 for each page that has one first; 403 and the page for robots are answered once
    answers = shop.counts()["answers"]
    assert refused == answers["503"] + by_reason["http_403"] + by_reason["blocked"]

    watcher = crawled.crawler.get_extension(Watcher)
    assert len(watcher.compared) > 3
    assert [counted for counted, _ in watcher.compared] == [asked for _, asked in watcher.compared]

    tally = watcher.compared[-1][0]
    snapshot = Snapshot("products", "demo", 1, tally, 1, 1, None, False, PaceNow(0, 1, ""))
    drawn = rendered(block(snapshot))
    assert "100 %, 60 of 60 pages" in drawn
    assert f"stored {stored}   failed {failed}   retried {retried}   refused {refused}" in drawn
    line = plain_line(snapshot)
    told = f"60 of 60 pages settled (100 %); {stored} stored; {failed} failed ("
    assert told in line
    assert f"; {retried} retried; {refused} refused; " in line

    site = {"site": "demo"}
    found = {
        (sample.name, *sorted(sample.labels.items() - site.items())): sample.value
        for family in text_string_to_metric_families(watcher.metrics)
        for sample in family.samples
    }
    assert found["ecom_known_pages",] == count
    assert found["ecom_pending_pages",] == 0
    assert found["ecom_stored_pages_total",] == stored
    assert found["ecom_retried_tries_total",] == retried
    assert found["ecom_refused_tries_total",] == refused
    assert found["ecom_item_rows_total",] == items
    assert found["ecom_answer_body_bytes_count",] == bodies
    assert found["ecom_answer_body_bytes_sum",] == body_bytes
    assert found["ecom_answer_body_bytes_bucket", ("le", "65536.0")] == small
    assert {key[1][1]: value for key, value in found.items() if key[0] == "ecom_failed_pages_total"} == by_reason
    # each answer of the shop, but for those that were broken off, robots.txt included
    assert 0 < found["ecom_answer_latency_seconds_count",] <= shop.counts()["requests"]

    facts = crawled.verdict.facts
    assert (facts.pages, facts.stored, facts.failures, facts.items) == (count, stored, failed, items)
    assert (facts.retried, facts.refused) == (retried, refused)
    assert {reason: each.count for reason, each in facts.failed.items()} == by_reason
    assert (kept["stored"], kept["retried"], kept["refused"]) == (stored, retried, refused)
    assert f"BLOCKED: {stored} of 60 pages stored; {failed} failed; " in crawled.verdict.lines[-1]
    table = re.sub(r"[ │]+", " ", rendered(summary(crawled.verdict)))
    for words in (
        f"pages {stored} of 60 stored, {failed} failed",
        *(f"{reason} {number}, such as " for reason, number in by_reason.items()),
        f"tries {retried} repeated, {refused} refused by the shop",
    ):
        assert words in table

    with crawled.database.connect() as connection:
        records = [*fleet_records(connection), *crawl_records(connection), crawl_record(connection, None)]
        page = report_of(connection, None)
    told_by_page = {
        name: int(value) for name, value in re.findall(r'id="(\w+)"><dt>\w+</dt><dd><data value="(\d+)"', page)
    }
    assert told_by_page == {
        **{"pages": count, "stored": stored, "failed": failed, "pending": 0, "rows": items},
        **{"declared": declared, "seen": seen, "retried": retried, "refused": refused},
    }
    (listed,) = json.loads(run_scrapy("crawls", "list", "--json").stdout)
    assert listed == records[0]
    names, (*cells, _, _) = (re.split(r"  +", line) for line in run_scrapy("crawls", "list").stdout.splitlines())
    row = dict(zip(names, cells, strict=False))
    assert [row[name] for name in ("VERDICT", "PAGES", "FAILED", "ITEMS")] == ["BLOCKED", "60", str(failed), str(items)]
    for record in records:
        figures = [record[name] for name in ("pages", "stored", "failed", "pending", "items")]
        assert figures == [count, stored, failed, 0, items]
        assert record["pages_per_second"] == pytest.approx(stored / record["seconds"])
    assert records[-1]["reasons"] == by_reason

"""The three throttles in whole crawls, and what is kept of them."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_twisted
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from sqlalchemy import select

from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import throttle_memory, throttle_samples
from ecomscraper.pace.downloader import Downloader
from ecomscraper.spiders.ecommerce import EcommerceSpider
from ecomscraper.spiders.products import ProductsSpider

if TYPE_CHECKING:
    from conftest import Crawled

PAGES = 60
SHOP = {"ECOM_DEMO_PRODUCTS": 16 * PAGES, "ECOM_DEMO_SMALL": True, "ECOM_DEMO_LATENCY_SECONDS": 0.05}
AT_ONCE = {"limits.concurrency": "8", "limits.delay_seconds": "0"}
HOST = "demo.localhost"

Crawl = Callable[..., Awaitable["Crawled"]]


class WatchedSpider(EcommerceSpider):
    """Notes latency, status and the slot's delay and concurrency after each answer."""

    seen: list[tuple[float, int, float, int]]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> WatchedSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        assert isinstance(spider, cls)
        spider.seen = []
        crawler.signals.connect(spider._engine_started, signals.engine_started)
        return spider

    def _engine_started(self) -> None:
        self.crawler.signals.connect(self._look, signals.response_downloaded)  # the last one: after AutoThrottle

    def _look(self, response: Response, request: Request) -> None:
        slot = self.crawler.engine.downloader.slots[request.meta["download_slot"]]
        self.seen.append((request.meta["download_latency"], response.status, slot.delay, slot.concurrency))


def seen_by(crawled: Crawled) -> list[tuple[float, int, float, int]]:
    spider = crawled.crawler.spider
    assert isinstance(spider, WatchedSpider)
    return spider.seen


@pytest.mark.parametrize("by", ["profile", "setting", "scrapys own"])
@pytest_twisted.ensureDeferred
async def test_auto_is_scrapys_autothrottle_to_the_number(crawl: Crawl, by: str) -> None:
    chosen: dict[str, Any] = {"setting": {"ECOM_THROTTLE": "auto"}, "scrapys own": {"AUTOTHROTTLE_ENABLED": True}}
    arguments = {"pages": "1-12", **AT_ONCE} | ({"limits.throttle": "auto"} if by == "profile" else {})
    settings = SHOP | {"AUTOTHROTTLE_START_DELAY": 0.2, "AUTOTHROTTLE_TARGET_CONCURRENCY": 4.0} | chosen.get(by, {})

    crawled = await crawl(WatchedSpider, settings, **arguments)

    delay, expected = 0.2, []
    for latency, status, _, _ in seen_by(crawled):
        target = latency / 4
        wanted = min(max(target, (delay + target) / 2, 0.0), 60.0)
        delay = wanted if status == 200 or wanted > delay else delay
        expected.append(delay)
    assert len(expected) == 13
    assert [delay for _, _, delay, _ in seen_by(crawled)] == pytest.approx(expected, rel=1e-12)
    assert {concurrency for *_, concurrency in seen_by(crawled)} == {8}
    downloader = crawled.crawler.engine.downloader if crawled.crawler.engine else None
    assert isinstance(downloader, Downloader)
    assert downloader.throttles is None


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_fixed_is_as_the_user_says(crawl: Crawl) -> None:
    arguments = {"limits.throttle": "fixed", "limits.concurrency": "5", "limits.delay_seconds": "0.001"}

    crawled = await crawl(WatchedSpider, SHOP | {"ECOM_DEMO_LATENCY_SECONDS": 0.5}, **arguments)

    assert {each[2:] for each in seen_by(crawled)} == {(0.001, 5)}
    assert crawled.counts().max_in_flight == 5
    assert rows(crawled, throttle_samples) == rows(crawled, throttle_memory) == []


@pytest_twisted.ensureDeferred
async def test_adaptive_never_goes_beyond_the_users_limit(crawl: Crawl) -> None:
    crawled = await crawl(WatchedSpider, SHOP, **{"limits.throttle": "adaptive"}, **AT_ONCE)

    assert crawled.verdict.exit_code == 0
    assert 4 <= crawled.counts().max_in_flight <= 8  # how far it climbs is the machine's load's to say, too
    assert {each[2:] for each in seen_by(crawled)} == {(0.0, 8)}


@pytest_twisted.ensureDeferred
async def test_a_short_job_is_sent_at_once(crawl: Crawl) -> None:
    arguments = {"limits.throttle": "adaptive", "limits.concurrency": "16", "limits.delay_seconds": "0"}
    settings = SHOP | {"ECOM_DEMO_LATENCY_SECONDS": 0.5}

    crawled = await crawl(EcommerceSpider, settings, pages="1-13", **arguments)

    assert crawled.counts().max_in_flight == 12  # after the first page
    (kept,) = rows(crawled, throttle_memory)
    assert (kept.state["concurrency"], kept.state["doubling"]) == (6, True)


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_few_pages_are_no_short_job_where_they_bring_others_to_light(crawl: Crawl) -> None:
    arguments = {"limits.throttle": "adaptive", "limits.concurrency": "16", "limits.delay_seconds": "0"}
    settings = SHOP | {"ECOM_DEMO_LATENCY_SECONDS": 0.5, "ECOM_DEMO_PRODUCTS": 10}

    crawled = await crawl(ProductsSpider, settings, details="true", **arguments)

    assert crawled.counts().max_in_flight == 6


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_progress_says_what_the_throttle_does(crawl: Crawl, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ecomscraper.progress")
    settings = SHOP | {"LOGSTATS_INTERVAL": 0.2, "ECOM_DEMO_LATENCY_SECONDS": 0.3}

    await crawl(EcommerceSpider, settings, **{"limits.throttle": "adaptive"}, **AT_ONCE)

    assert any(re.search(r"\d of [1-8] requests in flight: starting$", line) for line in caplog.messages)


@pytest_twisted.ensureDeferred
async def test_adaptive_is_what_a_crawl_has_unless_told_otherwise(crawl: Crawl, tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(f'start = "http://{HOST}/ecommerce/"\nplatform = "woocommerce"\n')
    settings = SHOP | {"ECOM_SITES_DIR": str(tmp_path)}

    crawled = await crawl(EcommerceSpider, settings, site="acme", pages="1")

    sample, *_ = rows(crawled, throttle_samples)
    assert (sample.concurrency, sample.spacing_seconds) == (2, 0.5)  # the profile's own limits, where it names none


@pytest_twisted.ensureDeferred
async def test_what_it_did_is_in_the_database_and_the_stats(crawl: Crawl) -> None:
    crawled = await crawl(EcommerceSpider, SHOP, **{"limits.throttle": "adaptive"}, **AT_ONCE)

    samples = rows(crawled, throttle_samples)
    assert {(row.crawl_id, row.host, row.way) for row in samples} == {(crawled.crawl_id, HOST, "direct")}
    assert sum(row.served for row in samples) == PAGES + 1  # and robots.txt
    assert sum(row.refused + row.failed for row in samples) == 0
    assert (samples[-1].pages_stored, samples[-1].pages_failed) == (PAGES, 0)
    assert 0.05 <= samples[-1].latency_median_seconds <= samples[-1].latency_p95_seconds
    stats = crawled.crawler.stats
    assert stats.get_value(f"ecom/pace/{HOST}/concurrency") == samples[-1].concurrency <= 8
    assert stats.get_value(f"ecom/pace/{HOST}/limit") == 8
    assert stats.get_value(f"ecom/pace/{HOST}/why") == samples[-1].why


@pytest_twisted.ensureDeferred
async def test_the_next_crawl_begins_where_the_last_one_ended(crawl: Crawl) -> None:
    arguments = {"limits.throttle": "adaptive"} | AT_ONCE
    first = await crawl(EcommerceSpider, SHOP, **arguments)
    (kept,) = rows(first, throttle_memory)
    in_the_end = first.crawler.stats.get_value(f"ecom/pace/{HOST}/concurrency")
    assert (kept.host, kept.way, kept.state["concurrency"]) == (HOST, "direct", in_the_end)
    assert timedelta() <= datetime.now(UTC) - kept.learnt_at < timedelta(minutes=1)
    known = {"concurrency": 6, "limit": 32, "rate_per_second": 100.0}
    with write(first.database) as connection:
        connection.execute(throttle_memory.update().values(state=known))

    again = await crawl(EcommerceSpider, SHOP, **{**arguments, "pages": "1-4"})

    sample, *_ = rows(again, throttle_samples, again.crawl_id)
    assert sample.concurrency == 6
    assert sample.spacing_seconds == pytest.approx(1 / 97, rel=0.02)
    assert sample.why == "held at 97 a second: more were refused in an earlier crawl"


def rows(crawled: Crawled, table: Any, crawl_id: int | None = None) -> list[Any]:
    """The table's rows, in the order of their keys; only those of a crawl where it is named."""
    query = select(table).order_by(*table.primary_key)
    if crawl_id is not None:
        query = query.where(table.c.crawl_id == crawl_id)
    with crawled.database.connect() as connection:
        return list(connection.execute(query))

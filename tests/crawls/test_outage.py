"""Shops that fail for a while, or for good, in the middle of a crawl: nothing is lost, and little is asked in vain."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from aiohttp import web
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.shop import DemoShop
from ecomscraper.spiders.ecommerce import EcommerceSpider
from ecomscraper.verdict.verdict import BLOCKED, COMPLETE

IMPATIENT = {  # a tenth of the times that are the default, or less
    "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.1,
    "ECOM_PACE_BACKOFF_CAP_SECONDS": 1,
    "ECOM_PACE_BREAKER_PAUSE_SECONDS": 0.3,
    "ECOM_PACE_BREAKER_PAUSE_CAP_SECONDS": 60,  # so that whoever waits for a lost probe is seen
    "ECOM_PACE_BREAKER_PATIENCE_SECONDS": 3,
}


class FrailShop(DemoShop):
    """A demo shop that fails from its `fails_after`th listing page on, for some seconds.

    It answers 503 then, or hangs, or is gone: its port refuses connections.
    """

    def __init__(self, pages: int, *, how: str, fails_after: int, seconds: float, latency: float = 0.05) -> None:
        super().__init__(ShopOptions(products=16 * pages, small=True, arrivals_kept=100_000, latency_seconds=latency))
        self.in_vain = 0
        self.served: list[float] = []
        self.failing = (float("inf"), float("inf"))  # from, to
        self._how = how
        self._fails_after = fails_after
        self._seconds = seconds
        self._port = 0
        self._host = ""
        self._outage: asyncio.Task[None] | None = None

    async def open(self, host: str = "127.0.0.1") -> str:
        """The address of its listing."""
        self._host, self._port = host, await self.start(host)
        return f"http://{host}:{self._port}/ecommerce/"

    async def close(self) -> None:
        if self._outage is not None:
            self._outage.cancel()
        await self.stop()

    async def reopen(self) -> None:
        """Be there again, for good."""
        self._fails_after = 1_000_000
        self.failing = (0.0, 0.0)
        await self.close()
        await self.start(self._host, self._port)

    async def _response(self, request: web.BaseRequest) -> web.Response | None:
        now = time.monotonic()
        if self.failing[0] <= now < self.failing[1]:
            self.in_vain += 1
            if self._how == "hangs":
                await asyncio.sleep(600)
            return web.Response(status=503)
        if request.path.startswith("/ecommerce/"):
            if len(self.served) == self._fails_after:
                self.failing = (now, now + self._seconds)
                if self._how == "is gone":
                    self._outage = asyncio.ensure_future(self._be_gone())
            self.served.append(now)
        return await super()._response(request)

    async def _be_gone(self) -> None:
        await self.stop()
        await asyncio.sleep(self._seconds)
        await self.start(self._host, self._port)

    def rate(self, begin: float, end: float) -> float:
        """Pages a second that it served from `begin` to `end`."""
        return sum(begin <= at < end for at in self.served) / (end - begin)


class CountingSpider(EcommerceSpider):
    """Counts the requests that left us, answered or not."""

    tried = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CountingSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        assert isinstance(spider, CountingSpider)
        crawler.signals.connect(spider.count, signals.request_left_downloader)
        return spider

    def count(self) -> None:
        self.tried += 1


def tried(crawled: Any) -> int:
    return int(crawled.crawler.spider.tried)


def retries(crawled: Any) -> int:
    return int(crawled.crawler.stats.get_value("retry/count", 0))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as an error: Scrapy swallows the exceptions of signal handlers but for this."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


async def crawl_frail(shop: FrailShop, crawl: Any, settings: dict[str, Any]) -> Any:
    start = await deferred_from_coro(shop.open())
    try:
        return await crawl(CountingSpider, settings=settings, start=start)
    finally:
        await deferred_from_coro(shop.close())


@pytest.mark.slow
@pytest.mark.parametrize(("how", "seconds"), [("answers 503", 4), ("is gone", 2), ("hangs", 2)])
@pytest_twisted.ensureDeferred
async def test_a_shop_that_comes_back_is_crawled_whole(how: str, seconds: float, crawl: Any, caplog: Any) -> None:
    shop = FrailShop(300, how=how, fails_after=150, seconds=seconds)
    settings = IMPATIENT | {"DOWNLOAD_TIMEOUT": 0.5, "ECOM_PACE_BREAKER_PATIENCE_SECONDS": 10}
    done = await crawl_frail(shop, crawl, settings)

    assert done.verdict.exit_code == COMPLETE
    assert (done.verdict.facts.stored, done.verdict.facts.failures) == (300, 0)
    in_vain = tried(done) - 301
    assert 15 <= in_vain <= 50
    assert 300 * 0.2 >= retries(done) >= 1
    assert done.verdict.facts.seconds < 40
    assert done.crawler.stats.get_value("ecom/pace/breaker_opened") >= 1
    assert [row.attempts for row in done.pages() if row.attempts > 5] == []
    assert errors(caplog) == []


@pytest.mark.campaign
@pytest_twisted.ensureDeferred
async def test_half_a_minute_of_503_costs_half_a_minute(crawl: Any, caplog: Any) -> None:
    """2,000 pages at the default patience. The speed is measured while the feeder's window is full."""
    caplog.set_level(logging.INFO)
    shop = FrailShop(2000, how="answers 503", fails_after=900, seconds=30, latency=0.8)
    done = await crawl_frail(shop, crawl, {})

    facts = done.verdict.facts
    begin, end = shop.failing
    back = next(at for at in shop.served if at > end)
    before = shop.rate(begin - 15, begin)
    after = shop.rate(back + 5, back + 20)
    print(  # noqa: T201  # the record of the campaign
        f"503 for 30 s: {facts.stored} stored, {facts.failures} failed, {shop.in_vain} requests in vain, "
        f"{retries(done)} retries, {before:.1f} pages/s before and {after:.1f} after, "
        f"served again {back - end:.1f} s after its end, {facts.seconds:.0f} s"
    )
    assert (done.verdict.exit_code, facts.stored, facts.failures) == (COMPLETE, 2000, 0)
    assert retries(done) <= 300
    assert after == pytest.approx(before, rel=0.1)
    assert errors(caplog) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["answers 503", "is gone", "hangs"])
@pytest_twisted.ensureDeferred
async def test_a_shop_that_stays_away_is_given_up_and_resume_goes_on(how: str, crawl: Any, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    shop = FrailShop(200, how=how, fails_after=100, seconds=600, latency=0.02)
    start = await deferred_from_coro(shop.open())
    try:
        stopped = await crawl(CountingSpider, settings=IMPATIENT | {"DOWNLOAD_TIMEOUT": 0.5}, start=start)
        await deferred_from_coro(shop.reopen())
        resumed = await crawl(CountingSpider, settings=IMPATIENT, start=start, resume="last")
    finally:
        await deferred_from_coro(shop.close())

    facts = stopped.verdict.facts
    assert stopped.verdict.exit_code == BLOCKED
    assert facts.finish_reason == "site_given_up"
    assert "the shop did not answer within ECOM_PACE_BREAKER_PATIENCE_SECONDS" in stopped.verdict.lines
    assert set(facts.failed) <= {"http_503", "connection_refused", "connection_lost", "timeout"}
    assert (facts.stored + facts.pending + facts.failures, facts.failures <= 5) == (200, True)
    assert 3 <= facts.seconds <= 3 + 6
    assert tried(stopped) - facts.stored - 1 <= 50
    assert resumed.verdict.exit_code == COMPLETE
    assert resumed.verdict.facts.stored == 200
    assert errors(caplog) == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["answers 503", "is gone", "hangs"])
@pytest_twisted.ensureDeferred
async def test_one_of_two_shops_stays_away_and_the_other_is_read_to_its_end(
    how: str, crawl: Any, caplog: Any, tmp_path: Path
) -> None:
    """By turns, so that each has pages left when the one is given up."""
    frail = FrailShop(60, how=how, fails_after=20, seconds=600, latency=0.02)
    sound = FrailShop(60, how=how, fails_after=1_000_000, seconds=0, latency=0.02)
    frail_start = await deferred_from_coro(frail.open("127.0.0.1"))
    sound_start = await deferred_from_coro(sound.open("127.0.0.2"))
    urls = tmp_path / "urls.txt"
    urls.write_text("".join(f"{frail_start}page/{n}/\n{sound_start}page/{n}/\n" for n in range(2, 61)))
    arguments = {"limits.delay_seconds": "0", "limits.throttle": "fixed", "limits.concurrency": "4"}
    try:
        done = await crawl(CountingSpider, settings=IMPATIENT | {"DOWNLOAD_TIMEOUT": 0.5}, urls=str(urls), **arguments)
    finally:
        await deferred_from_coro(frail.close())
        await deferred_from_coro(sound.close())

    assert done.verdict.exit_code == BLOCKED
    assert done.verdict.facts.finish_reason == "finished"
    by_shop: dict[bool, list[Any]] = {True: [], False: []}
    for row in done.pages():
        by_shop[row.url.startswith(sound_start)].append(row)
    assert [row.status for row in by_shop[True]] == ["stored"] * 59
    reasons = [row.reason for row in by_shop[False] if row.status == "failed"]
    assert len(reasons) >= 59 - 25
    assert reasons.count("blocked") >= len(reasons) - 5
    assert set(reasons) <= {"blocked", "http_503", "connection_refused", "connection_lost", "timeout"}
    assert done.verdict.facts.pending == 0
    assert done.verdict.facts.seconds < 40
    assert tried(done) - done.verdict.facts.stored - 2 <= 50
    assert errors(caplog) == []

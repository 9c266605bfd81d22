"""Keeps the throttles' time, tells what they do once a minute, and writes down what they did and learnt."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.defer import _schedule_coro
from sqlalchemy import Connection
from twisted.internet.task import LoopingCall

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.ledger.throttle_rows import DatedSample, add_samples, keep_learnt
from ecomscraper.pace.downloader import Downloader
from ecomscraper.pace.throttle_choice import ThrottleChoice
from ecomscraper.pace.throttle_report import Minute, SampleTimes
from ecomscraper.pace.throttles import TICK_SECONDS, Throttles

logger = logging.getLogger(__name__)

KEEP_SECONDS = 10.0  # between two times that something is written
REPORT_SECONDS = 60.0
MOST_IN_STATS = 20  # egresses


class ThrottleExtension:
    """Works for every spider; what it writes down needs one with a ledger."""

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings["ECOM_THROTTLE"] != ThrottleChoice.ADAPTIVE:
            raise NotConfigured  # without words: Scrapy would warn of a choice that somebody made
        self._crawler = crawler
        self._crawl: Crawl | None = None
        self._throttles: Throttles | None = None
        self._loop: AsyncioLoopingCall | LoopingCall | None = None
        self._times = SampleTimes(time.monotonic())
        self._minute = Minute()
        self._unwritten: list[DatedSample] = []
        self._written_at = self._reported_at = time.monotonic()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ThrottleExtension:
        extension = cls(crawler)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    def engine_started(self) -> None:
        downloader = self._crawler.engine.downloader
        if not isinstance(downloader, Downloader) or downloader.throttles is None:
            return  # somebody's own
        self._crawl = crawl_of(self._crawler)
        self._throttles = downloader.throttles
        self._loop = create_looping_call(self._look, self._throttles)
        self._loop.start(TICK_SECONDS)

    async def spider_closed(self) -> None:
        if self._loop is not None and self._throttles is not None:
            self._loop.stop()
            self._sample(self._throttles)
            await self._write(self._throttles)

    def _look(self, throttles: Throttles) -> None:
        throttles.tick()
        now = time.monotonic()
        if self._times.is_due(now):
            self._times.taken(now, self._sample(throttles))
        if now >= self._reported_at + REPORT_SECONDS:
            self._reported_at = now
            for line in self._minute.lines():
                logger.info("%s", line)
        if now >= self._written_at + KEEP_SECONDS:
            self._written_at = now
            _schedule_coro(self._write(throttles))

    def _sample(self, throttles: Throttles) -> int:
        """How many egresses had something to tell."""
        samples = throttles.samples()
        at = datetime.now(UTC)
        for sample in samples:
            self._minute.add(sample)
        if self._crawl is not None:
            stored, failed = self._crawl.pages_stored, self._crawl.pages_failed
            self._unwritten += [DatedSample(at, sample, stored, failed) for sample in samples]
        self._tell_stats(throttles)
        return len(samples)

    async def _write(self, throttles: Throttles) -> None:
        if self._crawl is None:
            return
        crawl_id, samples = self._crawl.ledger.crawl_id, self._unwritten
        learnt = (
            throttles.learnt() if self._crawl.worker is None else {}
        )  # a share's worth would mislead the next crawl
        self._unwritten = []

        def write(connection: Connection) -> None:
            add_samples(connection, crawl_id, samples)
            keep_learnt(connection, learnt)

        with suppress(EcomscraperError):  # told once, by the ledger's extension
            await self._crawl.ledger.write(write)

    def _tell_stats(self, throttles: Throttles) -> None:
        for egress, state in throttles.states(MOST_IN_STATS):
            for name, value in state.items():
                self._crawler.stats.set_value(f"ecom/pace/{egress}/{name}", value)

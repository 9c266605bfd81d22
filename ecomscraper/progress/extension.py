"""Tells how a crawl goes: a live block where it has a terminal, else a line every LOGSTATS_INTERVAL seconds."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.extensions.logstats import LogStats
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.defer import _schedule_coro
from sqlalchemy.exc import DBAPIError
from twisted.internet.task import LoopingCall

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.progress.pace_now import pace_now
from ecomscraper.progress.snapshot import Snapshot, plain_line
from ecomscraper.progress.speed import Speed
from ecomscraper.verdict.extension import judged
from ecomscraper.verdict.speed import crawl_speed, speed_words
from ecomscraper.verdict.verdict import Verdict

if TYPE_CHECKING:
    from ecomscraper.progress.terminal import TerminalBlock

logger = logging.getLogger(__name__)

OFF = "off"  # of ECOM_PROGRESS; the other one is "auto"


class ProgressExtension:
    """In place of Scrapy's LogStats, which a spider without a ledger still gets."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self._crawler = crawler
        self._crawl = crawl
        self._line_seconds = crawler.settings.getfloat("LOGSTATS_INTERVAL")
        self._block = _block(crawler.settings)
        if self._block is None and not self._line_seconds:
            raise NotConfigured("LOGSTATS_INTERVAL is 0, and there is no terminal")
        self._speed = Speed(time.monotonic)
        self._began = time.monotonic()
        self._loops: list[AsyncioLoopingCall | LoopingCall] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ProgressExtension | LogStats:
        crawl = crawl_of(crawler)
        if crawl is None:
            return LogStats.from_crawler(crawler)
        extension = cls(crawler, crawl)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.judged, judged)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def engine_started(self) -> None:
        self._began = time.monotonic()
        _schedule_coro(self._begin())

    def spider_closed(self) -> None:
        for loop in self._loops:
            loop.stop()
        self._loops.clear()

    async def judged(self, verdict: Verdict) -> None:
        """The block gives way to a table; the log's last lines follow it."""
        if self._block is not None:
            from ecomscraper.progress.drawing import summary

            self._block.stop()
            self._block.print(summary(verdict, await self._why_no_faster()))

    def engine_stopped(self) -> None:
        if self._block is not None:  # where there was no verdict
            self._block.stop()

    async def _begin(self) -> None:
        try:
            await self._crawl.ledger.count()
        except (DBAPIError, EcomscraperError) as error:
            logger.warning("Progress cannot be told: %s", error)
            return
        self._snapshot()  # the first speed is that since now
        if self._block is not None:
            from ecomscraper.progress.terminal import DRAW_SECONDS

            self._every(DRAW_SECONDS, self._draw, now=True)
        if self._line_seconds and (self._block is None or self._crawler.settings["LOG_FILE"]):
            self._every(self._line_seconds, self._log, now=False)

    async def _why_no_faster(self) -> list[str]:
        crawl_id = self._crawl.ledger.crawl_id
        try:
            return speed_words(await self._crawl.ledger.read(lambda c: crawl_speed(c, crawl_id)))
        except (DBAPIError, EcomscraperError):  # what cannot be stored is told elsewhere
            return []

    def _every(self, seconds: float, function: Callable[[], None], *, now: bool) -> None:
        loop = create_looping_call(function)
        self._loops.append(loop)
        loop.start(seconds, now=now)

    def _draw(self) -> None:
        from ecomscraper.progress.drawing import block

        assert self._block is not None
        self._block.show(block(self._snapshot()))

    def _log(self) -> None:
        if self._crawl.worker is None:
            logger.info("%s", plain_line(self._snapshot()))
        elif self._crawl.leads:
            _schedule_coro(self._log_of_all())

    async def _log_of_all(self) -> None:
        """Of several workers the one that leads tells what all of them have done."""
        with suppress(DBAPIError, EcomscraperError):
            await self._crawl.ledger.count()
            logger.info("%s", plain_line(self._snapshot()))

    def _snapshot(self) -> Snapshot:
        tally = self._crawl.ledger.tally
        assert tally is not None
        self._speed.note(tally.settled)
        grows = self._crawl.grows
        pace = pace_now(self._crawler, self._crawl)
        left = None if grows else self._speed.seconds_left(tally.asked - tally.settled)
        return Snapshot(
            spider=str(self._crawler.spider.name) if self._crawler.spider else "",
            site=self._crawl.profile.name,
            crawl_id=self._crawl.ledger.crawl_id,
            tally=tally,
            seconds=time.monotonic() - self._began,
            pages_per_second=self._speed.pages_per_second(),
            seconds_left=None if left is None else left + pace.rest_seconds,
            grows=grows,
            pace=pace,
        )


def _block(settings: BaseSettings) -> TerminalBlock | None:
    """The block at the foot of the terminal that the log goes to, where there is one and it is wanted."""
    if settings["ECOM_PROGRESS"] == OFF or not sys.stderr.isatty() or _shows_a_feed(settings):
        return None
    from ecomscraper.progress.terminal import TerminalBlock

    made = TerminalBlock(sys.stderr)
    return made if made.is_possible else None


def _shows_a_feed(settings: BaseSettings) -> bool:
    """Whether rows go to a terminal: they would be written through the block."""
    return sys.stdout.isatty() and any(str(uri) in ("-", "stdout:") for uri in settings.getdict("FEEDS"))

"""Keeps a worker's lease alive, has the downloader keep to its share, and finds out when the crawl is over."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from scrapy.utils.defer import _schedule_coro
from twisted.internet.task import LoopingCall

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.pace.downloader import Downloader
from ecomscraper.proxies.middleware import proxies_of
from ecomscraper.workers.leading import Leading
from ecomscraper.workers.rows import RUNNING, Beat, Report, Terms, beat, end, leave
from ecomscraper.workers.worker import Worker

logger = logging.getLogger(__name__)

MOST_BEAT_SECONDS = 1.0  # between two signs of life …
BEATS_IN_A_LEASE = 10  # … and at least so many in a lease …
QUICK_BEAT_SECONDS = 0.2  # … and while shares are handed over: with 1 s a newcomer waits for four
YOUNG_SECONDS = 3.0  # a worker that begins has no pages yet, and wants no share


class WorkerExtension:
    """Of a crawl that this process has to itself there is none."""

    def __init__(self, crawler: Crawler, crawl: Crawl, worker: Worker) -> None:
        self._crawler = crawler
        self._crawl = crawl
        self._worker = worker
        self._leading = Leading(crawl.plan, worker.crawl_id)
        worker.tells, worker.learn = self._leading.tells, self._leading.learn
        crawl.follow(self._leading.follower)
        crawl.ends, crawl.leave = self._ends, self._leave
        self._loop: AsyncioLoopingCall | LoopingCall | None = None
        self._is_beating = False
        self._is_old_at = 0.0  # of the monotonic clock
        self._soon: asyncio.TimerHandle | None = None
        self._has_left = False
        self._crawl_status = RUNNING

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WorkerExtension:
        crawl = crawl_of(crawler)
        if crawl is None or crawl.worker is None:
            raise NotConfigured  # without words: most crawls have one process
        extension = cls(crawler, crawl, crawl.worker)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        return extension

    def engine_started(self) -> None:
        self._is_old_at = time.monotonic() + YOUNG_SECONDS
        self._loop = create_looping_call(self._look)
        self._loop.start(self._beat_seconds)

    @property
    def _beat_seconds(self) -> float:
        return min(MOST_BEAT_SECONDS, self._terms.lease_seconds / BEATS_IN_A_LEASE)

    @property
    def _terms(self) -> Terms:
        return self._worker.terms

    def _look(self) -> None:
        if self._has_left or self._is_beating:  # where the database is slow the next one would only wait behind it
            return
        self._is_beating = True
        _schedule_coro(self._beat())

    def _look_soon(self) -> None:
        if self._soon is None:
            seconds = min(QUICK_BEAT_SECONDS, self._beat_seconds)
            self._soon = asyncio.get_running_loop().call_later(seconds, self._look_now)

    def _look_now(self) -> None:
        self._soon = None
        self._look()

    async def _beat(self) -> None:
        worker, asked_at = self._worker, time.monotonic()
        report = Report(self._holding(), self._crawl.feeder.has_pages)
        try:
            with suppress(EcomscraperError):  # told once, by the ledger's extension
                self._heard(
                    await self._crawl.ledger.write(
                        lambda c: beat(c, worker.crawl_id, worker.number, report, self._terms, self._leading.begin)
                    ),
                    asked_at,
                )
        finally:
            self._is_beating = False

    def _holding(self) -> int:
        """The most that is under way, or may be sent before the next beat, of any site and by any proxy."""
        share = self._worker.share
        in_flight = [len(slot.transferring) for slot in self._crawler.engine.downloader.slots.values()]
        proxies = proxies_of(self._crawler)
        if proxies is not None and self._terms.most_workers:
            in_flight.append(share.seats_for(proxies.most_in_flight, self._terms.most_workers))
        return max(share.seats, *in_flight, 0)

    def _heard(self, said: Beat, asked_at: float) -> None:
        worker, led_before = self._worker, self._worker.leads
        worker.heard(said, asked_at)
        if self._has_left:
            return
        self._crawl_status = said.crawl_status
        if said.is_new:
            logger.warning(
                "This worker was not heard of for %.0f s: its pages are free again; it goes on as worker %d",
                self._terms.lease_seconds, said.worker,
            )  # fmt: skip
            self._crawl.feeder.forget()
        if said.leads and (said.is_new or not led_before):
            logger.info(
                "Worker %d leads crawl %d: it finds the pages and writes the output", said.worker, worker.crawl_id
            )
            self._crawl.follow(self._leading.follower)
        elif led_before and not said.leads:
            self._crawl.follow(self._leading.follow_nothing().follower)
        if said.freed:
            logger.warning("A worker of crawl %d is gone: its %d pages are free again", worker.crawl_id, said.freed)
        self._share_out()
        if not said.is_settled or asked_at < self._is_old_at:
            self._look_soon()
        if said.crawl_status != RUNNING and not self._crawl.feeder.is_over:
            _schedule_coro(self._crawler.engine.close_spider_async(reason="crawl_ended"))

    def _share_out(self) -> None:
        downloader = self._crawler.engine.downloader
        if proxies := proxies_of(self._crawler):
            proxies.take_share(self._worker.share)
        if isinstance(downloader, Downloader):
            downloader.take_share(self._worker.share)

    async def _ends(self) -> bool:
        """Whether this worker ends the crawl: it leads when nothing is left, or it is the last to go."""
        worker = self._worker
        if self._crawl.ledger.failed is not None:
            return True
        if not self._crawl.feeder.is_over and self._crawl_status == RUNNING:
            self._has_left = True  # a sign of life after it would be that of a newcomer
            self._has_left = await self._crawl.ledger.write(
                lambda c: leave(c, worker.crawl_id, worker.number, worker.terms)
            )
            return not self._has_left
        while self._crawl_status == RUNNING and not worker.leads:
            await asyncio.sleep(self._beat_seconds)
            if self._crawl.ledger.failed is not None:
                return True
        return self._crawl_status == RUNNING

    async def _leave(self) -> None:
        """Say that this worker does nothing more; what it might still say is not to be heard."""
        if self._loop is not None:
            self._loop.stop()
        if not self._has_left:
            self._has_left = True
            number = self._worker.number
            with suppress(EcomscraperError):
                await self._crawl.ledger.write(lambda c: end(c, number))

"""Watches that every page which leaves the engine is settled, whatever way it leaves; and that storage works."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import _schedule_coro
from twisted.python.failure import Failure

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.items import Bundle
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PageFailure
from ecomscraper.ledger.of_crawler import ledgers_crawl
from ecomscraper.spiders.answers import MOST_DETAIL, failed_answer, position_of
from ecomscraper.verdict.page import PageProblem

logger = logging.getLogger(__name__)


class LedgerExtension:
    """Settles pages that a bug or another component took out of the engine; stops a crawl that cannot store."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self.crawl = crawl
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LedgerExtension:
        extension = cls(crawler, ledgers_crawl(crawler))
        connect = crawler.signals.connect
        connect(extension.engine_started, signals.engine_started)
        connect(extension.spider_error, signals.spider_error)
        connect(extension.item_error, signals.item_error)
        connect(extension.item_dropped, signals.item_dropped)
        connect(extension.request_dropped, signals.request_dropped)
        return extension

    def engine_started(self) -> None:
        self.crawl.ledger.watch(on_failure=self._stop)

    def spider_error(self, failure: Failure, response: Response | Failure | None) -> None:
        request = getattr(response, "request", None)
        position, words = position_of(request), repr(failure.value)[:MOST_DETAIL]
        if position is None:
            return
        if isinstance(response, Response):
            self._settle_lost(failed_answer(response, PageProblem("bug", words)))
        else:
            self._settle_lost(PageFailure(position, "bug", words))

    def item_error(self, item: Any, failure: Failure) -> None:
        if isinstance(item, Bundle):
            self._settle_lost(PageFailure.instead_of(item, "bug", repr(failure.value)[:MOST_DETAIL]))

    def item_dropped(self, item: Any, exception: BaseException) -> None:
        if isinstance(item, Bundle):
            self._settle_lost(PageFailure.instead_of(item, "dropped", str(exception)[:MOST_DETAIL]))

    def request_dropped(self, request: Request) -> None:
        position = position_of(request)
        if position is not None:
            self._settle_lost(PageFailure(position, "dropped", "the scheduler did not take the request"))

    def _settle_lost(self, failure: PageFailure) -> None:
        if self.crawl.feeder.holds(failure.position):
            self.crawl.settle_now(failure)

    def _stop(self, error: EcomscraperError) -> None:
        logger.error("%s; the crawl stops and can be resumed", error)
        self.crawl.feeder.wake()
        # What waits to be sent may wait for the database: a worker's share of the shop's limit comes from there.
        _schedule_coro(self._crawler.engine.close_spider_async(reason="storage_failed"))

"""Watches that every page which leaves the engine is settled, whatever way it leaves; and that storage works."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from twisted.python.failure import Failure

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.items import Bundle
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PageFailure
from ecomscraper.spiders.answers import MOST_DETAIL, position_of

logger = logging.getLogger(__name__)


class LedgerExtension:
    """Settles pages that a bug or another component took out of the engine; stops a crawl that cannot store."""

    def __init__(self, crawl: Crawl) -> None:
        self.crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LedgerExtension:
        crawl = getattr(crawler.spider, "crawl", None)
        if not isinstance(crawl, Crawl):
            raise NotConfigured("the spider keeps no ledger")
        extension = cls(crawl)
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
        self._settle_lost(position_of(request), "bug", repr(failure.value))

    def item_error(self, item: Any, failure: Failure) -> None:
        if isinstance(item, Bundle):
            self._settle_lost(item.position, "bug", repr(failure.value))

    def item_dropped(self, item: Any, exception: BaseException) -> None:
        if isinstance(item, Bundle):
            self._settle_lost(item.position, "dropped", str(exception))

    def request_dropped(self, request: Request) -> None:
        self._settle_lost(position_of(request), "dropped", "the scheduler did not take the request")

    def _settle_lost(self, position: int | None, reason: str, detail: str) -> None:
        if position is not None and self.crawl.feeder.holds(position):
            self.crawl.settle_now(PageFailure(position, reason, detail=detail[:MOST_DETAIL]))

    def _stop(self, error: EcomscraperError) -> None:
        logger.error("%s; the crawl stops and can be resumed", error)
        self.crawl.feeder.wake()

"""Tells somebody when a crawl ended other than complete, or worse than the ones before it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.database import cause
from ecomscraper.ledger.of_crawler import ledgers_crawl
from ecomscraper.notice.delivery import NotDelivered, check_target, deliver, shown
from ecomscraper.notice.history import worse_than_before
from ecomscraper.verdict.extension import judged
from ecomscraper.verdict.history import crawl_record
from ecomscraper.verdict.verdict import COMPLETE, Verdict, word_of

logger = logging.getLogger(__name__)


class NoticeExtension:
    """Sends one document, or none."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self._target: str = crawler.settings["ECOM_NOTIFY"]
        if not self._target:
            raise NotConfigured  # ECOM_NOTIFY is empty; of a reason Scrapy would warn in each crawl
        if crawl.source is not None:
            raise NotConfigured  # somebody reads again what the shop said then: there is nothing new to tell
        self._seconds = crawler.settings.getfloat("ECOM_NOTIFY_SECONDS")
        self._tolerance = crawler.settings.getfloat("ECOM_NOTIFY_WORSE_SHARE")
        self._stats = crawler.stats
        self._crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> NoticeExtension:
        crawl = ledgers_crawl(crawler)
        extension = cls(crawler, crawl)
        crawler.signals.connect(extension.judged, judged)
        return extension

    async def judged(self, verdict: Verdict) -> None:
        crawl_id = verdict.facts.crawl_id
        record: dict[str, Any] = {}
        found: list[str] = []
        earlier: list[int] = []
        try:
            found, earlier = await self._crawl.ledger.read(
                lambda c: worse_than_before(c, crawl_id, tolerance=self._tolerance)
            )
            record = await self._crawl.ledger.read(lambda c: crawl_record(c, crawl_id))
        except (DBAPIError, EcomscraperError) as error:  # the more reason to tell
            logger.warning("The crawl cannot be compared with earlier ones: %s", cause(error))
        for words in found:
            numbers = ", ".join(map(str, sorted(earlier)))
            logger.warning("worse than before, crawl%s %s: %s", "s" * (len(earlier) > 1), numbers, words)
        if verdict.exit_code == COMPLETE and not found:
            return
        ended = [] if verdict.exit_code == COMPLETE else [f"it ended {word_of(verdict.exit_code)}"]
        document = {
            "why": [*ended, *found],
            "summary": verdict.lines[-1],
            "exit_code": verdict.exit_code,
            "crawl": record,
            "compared_with": earlier,
            "verdict": verdict.as_dict(),
        }
        await self._send(document)

    async def _send(self, document: dict[str, Any]) -> None:
        try:
            await asyncio.to_thread(deliver, self._target, document, seconds=self._seconds)
        except NotDelivered as error:
            self._stats.inc_value("ecom/notice/not_delivered")
            logger.warning("The notice did not reach %s: %s", shown(self._target), error)
        else:
            self._stats.inc_value("ecom/notice/delivered")
            logger.info("A notice went to %s", shown(self._target))


def check_notice(settings: BaseSettings) -> None:
    """Raises ConfigurationError for an ECOM_NOTIFY that can reach nobody."""
    if target := settings["ECOM_NOTIFY"]:
        check_target(str(target))

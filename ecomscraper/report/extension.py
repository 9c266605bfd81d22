"""Writes the report of a crawl that ended."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.database import cause
from ecomscraper.ledger.of_crawler import ledgers_crawl
from ecomscraper.report.target import check_libraries, check_report_target, report_name, report_path
from ecomscraper.verdict.extension import judged
from ecomscraper.verdict.verdict import Verdict

logger = logging.getLogger(__name__)


class ReportExtension:
    """A report that cannot be written changes nothing of what the crawl came to."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self._wanted = str(crawler.settings["ECOM_REPORT"])
        if not self._wanted:
            raise NotConfigured  # ECOM_REPORT is empty; of a reason Scrapy would warn in each crawl
        self._data_dir = Path(crawler.settings["ECOM_DATA_DIR"])
        self._stats = crawler.stats
        self._crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReportExtension:
        crawl = ledgers_crawl(crawler)
        extension = cls(crawler, crawl)
        crawler.signals.connect(extension.judged, judged)
        return extension

    async def judged(self, verdict: Verdict) -> None:
        from ecomscraper.report.writing import report_of, write_report  # bring the libraries of the extra

        facts = verdict.facts
        name = report_name(facts.site, facts.spider, facts.crawl_id)
        path = report_path(self._wanted, self._data_dir, name)
        try:
            page = await self._crawl.ledger.read(lambda c: report_of(c, facts.crawl_id))
            await asyncio.to_thread(write_report, path, page)
        except (DBAPIError, EcomscraperError) as error:
            self._stats.inc_value("ecom/report/not_written")
            logger.error("The report could not be written: %s", cause(error))
        else:
            self._stats.inc_value("ecom/report/written")
            logger.info("The report is in %s", path)


def check_report(settings: BaseSettings) -> None:
    """Raises ConfigurationError or StorageError where ECOM_REPORT wants what cannot be made or written."""
    if wanted := str(settings["ECOM_REPORT"]):
        check_libraries("ECOM_REPORT")
        check_report_target(report_path(wanted, Path(settings["ECOM_DATA_DIR"]), "report.html"))

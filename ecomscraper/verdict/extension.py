"""Judges the crawl when everything is written, keeps the verdict with it, and says it in the log's last lines."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.feeds.exporter import LedgerFeeds
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.crawls import crawl_row, end_crawl
from ecomscraper.ledger.database import shown
from ecomscraper.ledger.of_crawler import ledgers_crawl
from ecomscraper.verdict.facts import Facts
from ecomscraper.verdict.queries import PageFigures, page_figures
from ecomscraper.verdict.verdict import COMPLETE, INTERRUPTED, STORAGE_FAILED, Verdict, judge
from ecomscraper.workers.rows import Run, run_of

logger = logging.getLogger(__name__)


judged = object()
"""A signal, sent with `verdict` before its lines are logged: the feeds are whole, the ledger can still be asked."""


class VerdictExtension:
    """`verdict` is None until the crawl ended; of a worker that does not end it itself it stays so."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self.verdict: Verdict | None = None
        self.exit_code: int | None = None
        self._crawler = crawler
        self._crawl = crawl
        self._began = time.monotonic()
        self._finish_reason = "unknown"

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VerdictExtension:
        crawl = ledgers_crawl(crawler)
        extension = cls(crawler, crawl)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def spider_closed(self, reason: str) -> None:
        self._finish_reason = reason

    async def engine_stopped(self) -> None:
        """The last signal of a crawl: the feeds are closed by now."""
        if not await self._is_judged_here():
            await self._crawl.leave()
            self._crawl.close()
            return
        run = Run(time.monotonic() - self._began, self._crawl.stored_before)
        try:
            figures = await self._crawl.ledger.read(lambda c: page_figures(c, self._crawl.ledger.crawl_id))
            if self._crawl.worker is not None:
                run = await self._crawl.ledger.read(lambda c: run_of(c, self._crawl.ledger.crawl_id))
        except EcomscraperError as error:
            logger.error("The crawl's figures cannot be read: %s", error)
            figures = PageFigures(0, 0, {}, {}, 0, 0, None, None, None)
        self.verdict = judge(self._facts(figures, run))
        self.exit_code = self.verdict.exit_code
        await self._keep(self.verdict)
        await self._crawl.leave()
        await self._crawler.signals.send_catch_log_async(judged, verdict=self.verdict)
        level = logging.INFO if self.verdict.exit_code == COMPLETE else logging.WARNING
        for line in self.verdict.lines:
            logger.log(level, "%s", line)
        self._crawl.close()

    async def _is_judged_here(self) -> bool:
        """Where another worker does it, the exit code is that of the crawl."""
        crawl = self._crawl
        try:
            if await crawl.is_ended_here():
                return True
            row = await crawl.ledger.read(lambda c: crawl_row(c, crawl.ledger.crawl_id))
        except EcomscraperError:
            return True
        if row.exit_code is None:
            self.exit_code = INTERRUPTED
            logger.info("This worker leaves crawl %d, and others go on with it", row.id)
        else:
            self.exit_code = int(row.exit_code)
        return False

    def _facts(self, figures: PageFigures, run: Run) -> Facts:
        feeds = self._crawler.get_extension(LedgerFeeds)
        failed = self._crawl.ledger.failed
        url = self._crawl.ledger.url
        return Facts(
            crawl_id=self._crawl.ledger.crawl_id,
            spider=str(self._crawler.spider.name) if self._crawler.spider else "",
            site=self._crawl.profile.name,
            hosts=tuple(sorted(self._crawl.plan.hosts)),
            database=_short(shown(url)),
            seconds=run.seconds,
            finish_reason=self._finish_reason,
            whole_listing=self._crawl.plan.whole_listing,
            stored_before=run.stored_before,
            storage_error=str(failed) if failed else None,
            feeds=feeds.results() if feeds else (),
            reparsed_from=self._crawl.source,
            **figures._asdict(),
        )

    async def _keep(self, verdict: Verdict) -> None:
        status = "stopped" if verdict.exit_code in (INTERRUPTED, STORAGE_FAILED) else "finished"
        crawl_id = self._crawl.ledger.crawl_id
        try:
            await self._crawl.ledger.write(
                lambda c: end_crawl(c, crawl_id, status=status, exit_code=verdict.exit_code, verdict=verdict.as_dict())
            )
        except EcomscraperError as error:
            logger.error("The verdict could not be kept: %s", error)


def _short(path: str) -> str:
    """A path below the working directory as it would be typed there."""
    relative = os.path.relpath(path) if Path(path).is_absolute() else path
    return path if relative.startswith("..") else relative

"""A crawl whose ledger lies in a folder that goes away: with robots.txt, limits, retries and verdict as any other."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings

from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.locks import host_locks
from ecomscraper.ledger.opening import database_url, open_crawl
from ecomscraper.verdict.extension import VerdictExtension
from ecomscraper.verdict.verdict import Verdict


def crawl_aside(
    spider: type[Any], arguments: Mapping[str, str], settings: Settings, given: Callable[[Crawl], Mapping[str, Any]]
) -> Verdict | None:
    """Crawl, with what `given` makes of the opened crawl for the spider. It runs the reactor: once only.

    `arguments` are those of `-a`. None where it was ended before its verdict. Raises EcomscraperError for whatever
    makes it impossible to start, BusyError while the shop is being crawled, unless ECOM_LEDGER_BUSY is to wait.
    """
    locks = host_locks(database_url(settings), Path(settings["ECOM_DATA_DIR"]))
    with tempfile.TemporaryDirectory(prefix="ecomscraper-") as folder:
        database = f"sqlite:///{folder}/aside.sqlite3"
        own = {"ECOM_DATABASE_URL": database, "ECOM_DATA_DIR": folder, "ECOM_ARCHIVE": False, "FEEDS": {}}
        settings.setdict(own, priority="cmdline")
        process = AsyncCrawlerProcess(settings)
        crawler: Crawler = process.create_crawler(spider)
        crawl = open_crawl(spider, arguments, crawler.settings)
        try:
            waits = settings["ECOM_LEDGER_BUSY"] == "wait"
            locks.take(crawl.plan.hosts, wait=waits, holder=lambda host: "another process")
        except BaseException:
            crawl.close()
            raise
        try:
            process.crawl(crawler, opened=crawl, **given(crawl))
            process.start()
        finally:
            locks.release()
    extension = crawler.get_extension(VerdictExtension)
    return extension.verdict if extension is not None else None

"""One crawl from the command line: everything checked before the start, and an exit code that tells the truth."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ecomscraper.commands.table import say

if TYPE_CHECKING:
    from scrapy.crawler import Crawler, CrawlerProcessBase
    from scrapy.settings import BaseSettings, Settings

    from ecomscraper.ledger.crawl import Crawl

INTERRUPTED = 130

# What they say at INFO are lists of components and settings: for developers, at DEBUG.
CHATTY = ("scrapy.addons", "scrapy.crawler", "scrapy.middleware", "scrapy.utils.log", "matplotlib.font_manager")


def prepare(settings: Settings, *, is_worker: bool = False) -> None:
    """Before Scrapy reads the first of the settings. Raises ConfigurationError for those that cannot work."""
    from ecomscraper.commands.setting_values import check_settings
    from ecomscraper.engine.choice import choose_engine
    from ecomscraper.logs.handler import install_handler

    check_settings(settings)
    install_handler(settings)
    choose_engine(settings)
    if settings["LOG_LEVEL"] != "DEBUG":
        for name in (*CHATTY, *(("scrapy.core.engine",) if is_worker else ())):  # each worker ends
            logging.getLogger(name).addFilter(_is_not_info)


def spider_of(process: CrawlerProcessBase, name: str) -> type[Any]:
    """Raises ArgumentError where there is no spider of that name."""
    import difflib

    from ecomscraper.exceptions import ArgumentError

    loader = process.spider_loader
    try:
        return loader.load(name)
    except KeyError:
        near = difflib.get_close_matches(name, loader.list(), 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(loader.list()))}"
        raise ArgumentError(f"unknown spider {name!r}; {hint}") from None


def check_crawler(crawler: Crawler, *, is_worker: bool = False) -> None:
    """Raises EcomscraperError for what would fail only later, as a traceback, or not at all."""
    from ecomscraper.commands.setting_values import check_components, check_feed_options
    from ecomscraper.feeds.targets import check_feeds
    from ecomscraper.metrics.extension import check_metrics
    from ecomscraper.notice.extension import check_notice
    from ecomscraper.pace.extension import check_files
    from ecomscraper.report.extension import check_report

    settings = crawler.settings
    check_components(settings)
    check_files(settings)  # in an extension it would be a traceback
    check_metrics(settings)
    check_notice(settings)
    check_report(settings)
    check_feed_options(crawler)
    check_feeds(settings.getdict("FEEDS"), shared=is_worker)


def run_one(process: CrawlerProcessBase, crawler: Crawler, open_it: Callable[[BaseSettings], Crawl]) -> int:
    """Have `open_it(settings of the checked crawler)` open the crawl, and run it; its exit code.

    Raises EcomscraperError for whatever makes it impossible to start.
    """
    from ecomscraper.verdict.extension import VerdictExtension

    settings = crawler.settings
    process.crawl(crawler, opened=open_it(settings))
    process.start()
    extension = crawler.get_extension(VerdictExtension) if _has_started(crawler) else None
    if extension is None or extension.exit_code is None:  # a second signal ended it at once, or it never started
        return 1 if process.bootstrap_failed else INTERRUPTED
    if extension.verdict is None:  # another worker of the crawl has said it
        return extension.exit_code
    if not logging.getLogger("ecomscraper").isEnabledFor(logging.WARNING) or not settings.getbool("LOG_ENABLED"):
        say(extension.verdict.lines[-1], file=sys.stderr)
    return extension.exit_code


def _is_not_info(record: logging.LogRecord) -> bool:
    # A filter, as Scrapy resets the levels of its loggers. What it says of signals is for whoever sent one.
    return record.levelno != logging.INFO or str(record.msg).startswith("Received ")


def _has_started(crawler: Crawler) -> bool:
    return crawler._extensions is not None

"""`scrapy crawl`: Scrapy's own, with everything checked before the start and an exit code that tells the truth."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING, Any

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from ecomscraper.commands.table import say

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ecomscraper.exceptions import EcomscraperError

logger = logging.getLogger(__name__)

INTERRUPTED = 130

# What they say at INFO are lists of components and settings: for developers, at DEBUG.
CHATTY = ("scrapy.addons", "scrapy.crawler", "scrapy.middleware", "scrapy.utils.log")


class Command(ScrapyCrawl):
    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        from ecomscraper.commands.setting_values import check_settings
        from ecomscraper.exceptions import ArgumentError, EcomscraperError
        from ecomscraper.logs.handler import install_handler
        from ecomscraper.scrapy_fixes.event_loop import choose_event_loop

        assert self.settings is not None
        try:
            try:
                super().process_options(args, opts)
            except OSError as error:
                raise ArgumentError(f"--pidfile {opts.pidfile}: cannot be written: {error.strerror}") from error
            check_settings(self.settings)  # before Scrapy reads the first of them
            install_handler(self.settings)
            if self.settings["ECOM_ENGINE"] == "fast":
                choose_event_loop(self.settings)
        except EcomscraperError as error:
            _tell(error)
            sys.exit(error.exit_code)
        if self.settings["LOG_LEVEL"] != "DEBUG":
            for name in (*CHATTY, *(("scrapy.core.engine",) if "crawl" in opts.spargs else ())):  # each worker ends
                logging.getLogger(name).addFilter(_is_not_info)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        from ecomscraper.exceptions import EcomscraperError

        try:
            self._run(args, opts)
        except EcomscraperError as error:
            self.exitcode = error.exit_code
            _tell(error)
            if self.settings is not None and self.settings.get("LOG_FILE"):  # a scheduled job is read there
                logger.error("%s", error)
        except KeyboardInterrupt:  # while it waited for another crawl's end
            self.exitcode = INTERRUPTED

    def _run(self, args: list[str], opts: argparse.Namespace) -> None:
        from ecomscraper.ledger.opening import open_crawl
        from ecomscraper.pace.throttle_settings import choose_throttle
        from ecomscraper.verdict.extension import VerdictExtension

        spider = self._spider(args)
        assert self.crawler_process is not None
        assert self.settings is not None
        if not hasattr(spider, "item_class"):  # somebody's own spider without a ledger: Scrapy's way
            choose_throttle(self.settings)
            super().run(args, argparse.Namespace(spargs=opts.spargs))
            return
        crawler = self._checked_crawler(spider, opts.spargs)
        opened = open_crawl(spider, opts.spargs, crawler.settings)
        self.crawler_process.crawl(crawler, opened=opened)
        self.crawler_process.start()
        extension = crawler.get_extension(VerdictExtension) if _has_started(crawler) else None
        if extension is None or extension.exit_code is None:  # a second signal ended it at once, or it never started
            self.exitcode = 1 if self.crawler_process.bootstrap_failed else INTERRUPTED
            return
        self.exitcode = extension.exit_code
        if extension.verdict is None:  # another worker of the crawl has said it
            return
        if not logging.getLogger("ecomscraper").isEnabledFor(logging.WARNING) or not self.settings.getbool(
            "LOG_ENABLED"
        ):
            say(extension.verdict.lines[-1], file=sys.stderr)

    def _spider(self, args: list[str]) -> type[Any]:
        """The spider that is named, with its log set up."""
        from ecomscraper.logs.handler import install_handler

        if unknown := [arg for arg in args if arg.startswith("-")]:
            raise UsageError(f"unknown option {unknown[0]}")
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl ecommerce" if not args else "one spider at a time")
        assert self.settings is not None
        spider = self._spider_class(args[0])
        own_settings = self.settings.copy()
        spider.update_settings(own_settings)
        install_handler(own_settings)  # a spider's custom_settings may name another log
        return spider

    def _checked_crawler(self, spider: type[Any], arguments: dict[str, str]) -> Crawler:
        """Its crawler, with everything checked that would fail only later, as a traceback, or not at all."""
        from ecomscraper.commands.setting_values import check_components, check_feed_options
        from ecomscraper.feeds.targets import check_feeds
        from ecomscraper.metrics.extension import check_metrics
        from ecomscraper.notice.extension import check_notice
        from ecomscraper.pace.extension import check_files
        from ecomscraper.report.extension import check_report

        crawler = self._create_crawler(spider)
        check_components(crawler.settings)
        check_files(crawler.settings)  # in an extension it would be a traceback
        check_metrics(crawler.settings)
        check_notice(crawler.settings)
        check_report(crawler.settings)
        check_feed_options(crawler)
        check_feeds(crawler.settings.getdict("FEEDS"), shared="crawl" in arguments)
        return crawler

    def _spider_class(self, name: str) -> type[Any]:
        import difflib

        from ecomscraper.exceptions import ArgumentError

        assert self.crawler_process is not None
        loader = self.crawler_process.spider_loader
        try:
            return loader.load(name)
        except KeyError:
            near = difflib.get_close_matches(name, loader.list(), 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(loader.list()))}"
            raise ArgumentError(f"unknown spider {name!r}; {hint}") from None


def _tell(error: EcomscraperError) -> None:
    for line in str(error).splitlines():
        say(f"scrapy crawl: {line}", file=sys.stderr)


def _is_not_info(record: logging.LogRecord) -> bool:
    # A filter, as Scrapy resets the levels of its loggers. What it says of signals is for whoever sent one.
    return record.levelno != logging.INFO or str(record.msg).startswith("Received ")


def _has_started(crawler: Crawler) -> bool:
    return crawler._extensions is not None

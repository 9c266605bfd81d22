"""`scrapy crawl`: Scrapy's own, with everything checked before the start and an exit code that tells the truth."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING, Any

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from ecomscraper.commands.one_crawl import INTERRUPTED, check_crawler, prepare, run_one, spider_of
from ecomscraper.commands.table import say

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from ecomscraper.exceptions import EcomscraperError

logger = logging.getLogger(__name__)


class Command(ScrapyCrawl):
    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        from ecomscraper.exceptions import ArgumentError, EcomscraperError

        assert self.settings is not None
        try:
            try:
                super().process_options(args, opts)
            except OSError as error:
                raise ArgumentError(f"--pidfile {opts.pidfile}: cannot be written: {error.strerror}") from error
            prepare(self.settings, is_worker="crawl" in opts.spargs)
        except EcomscraperError as error:
            _tell(error)
            sys.exit(error.exit_code)

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

        spider = self._spider(args)
        assert self.crawler_process is not None
        assert self.settings is not None
        if not hasattr(spider, "item_class"):  # somebody's own spider without a ledger: Scrapy's way
            choose_throttle(self.settings)
            super().run(args, argparse.Namespace(spargs=opts.spargs))
            return
        crawler = self._checked_crawler(spider, opts.spargs)
        self.exitcode = run_one(
            self.crawler_process, crawler, lambda settings: open_crawl(spider, opts.spargs, settings)
        )

    def _spider(self, args: list[str]) -> type[Any]:
        """The spider that is named, with its log set up."""
        from ecomscraper.logs.handler import install_handler

        if unknown := [arg for arg in args if arg.startswith("-")]:
            raise UsageError(f"unknown option {unknown[0]}")
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl ecommerce" if not args else "one spider at a time")
        assert self.crawler_process is not None
        assert self.settings is not None
        spider = spider_of(self.crawler_process, args[0])
        own_settings = self.settings.copy()
        spider.update_settings(own_settings)
        install_handler(own_settings)  # a spider's custom_settings may name another log
        return spider

    def _checked_crawler(self, spider: type[Any], arguments: dict[str, str]) -> Crawler:
        """Its crawler, with everything checked before the crawl is opened."""
        crawler = self._create_crawler(spider)
        check_crawler(crawler, is_worker="crawl" in arguments)
        return crawler


def _tell(error: EcomscraperError) -> None:
    for line in str(error).splitlines():
        say(f"scrapy crawl: {line}", file=sys.stderr)

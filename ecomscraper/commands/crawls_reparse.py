"""`scrapy crawls reparse ID`: what a crawl was answered is read again, into a new crawl, and nobody is asked."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from ecomscraper.exceptions import ArgumentError

if TYPE_CHECKING:
    from scrapy.settings import Settings


def add_reparse_options(parser: argparse.ArgumentParser) -> None:
    """Those of `scrapy crawl` that a reparse has, too."""
    parser.add_argument(
        "-a",
        dest="arguments",
        action="append",
        metavar="NAME=VALUE",
        help="reparse: site=NAME, or a value of the profile, over what the crawl was started with (may be repeated)",
    )
    parser.add_argument(
        "-O",
        "--overwrite-output",
        dest="overwrite_output",
        action="append",
        metavar="FILE",
        help="reparse: write its rows there (may be repeated)",
    )


def check_reparse_options(wanted: str, opts: argparse.Namespace, *, reparses: bool) -> None:
    """Raises ArgumentError for options that belong to another subcommand."""
    if not reparses and (opts.arguments or opts.overwrite_output):
        raise ArgumentError(f"-a and -O belong to `scrapy crawls reparse`, not to {wanted}")
    if reparses and opts.output is not None:
        raise ArgumentError(f"-o {opts.output}: a reparse writes its rows with -O FILE")


def reparse_crawl(settings: Settings, crawl_id: int, opts: argparse.Namespace) -> int:
    """Runs it; its exit code. Raises EcomscraperError for whatever makes it impossible to start."""
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.conf import arglist_to_dict, feed_process_params_from_cli

    from ecomscraper.archive.opening import open_reparse, source_of
    from ecomscraper.commands.one_crawl import INTERRUPTED, check_crawler, prepare, run_one, spider_of

    try:
        arguments = arglist_to_dict(opts.arguments or [])
    except ValueError:
        raise UsageError("Invalid -a value, use -a NAME=VALUE", print_help=False) from None
    settings.set("LOG_ENABLED", True, priority="command")  # it is a crawl, and tells what one tells
    if opts.overwrite_output:
        feeds = feed_process_params_from_cli(settings, [], overwrite_output=opts.overwrite_output)
        settings.set("FEEDS", feeds, priority="cmdline")
    prepare(settings)
    source = source_of(settings, crawl_id)
    process = AsyncCrawlerProcess(settings)
    spider = spider_of(process, source.spider)
    crawler = process.create_crawler(spider)
    check_crawler(crawler)
    try:
        return run_one(process, crawler, lambda own: open_reparse(spider, source, arguments, own))
    except KeyboardInterrupt:  # while it waited for another one of the same
        return INTERRUPTED

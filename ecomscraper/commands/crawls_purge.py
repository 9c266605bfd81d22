"""`scrapy crawls purge`: crawls that are not wanted any more leave the database."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ecomscraper.commands.table import say
from ecomscraper.exceptions import ArgumentError, StorageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from ecomscraper.ledger.purging import PastCrawl


def check_purge(opts: argparse.Namespace) -> None:
    """Raises ArgumentError where nothing says what is to be kept, or what is said makes no sense."""
    if opts.keep is None and opts.days is None:
        raise ArgumentError(
            "purge needs to know what to keep: --keep N, the last crawls of each site, or --days N, those of "
            "the last days, or both; --dry-run shows what would go"
        )
    if (opts.keep or 0) < 0 or (opts.days or 0) < 0:
        raise ArgumentError("--keep and --days must be ≥ 0")


def purge_crawls(engine: Engine, opts: argparse.Namespace) -> None:
    """Deletes what no option keeps, and says so; with `--dry-run` it says so only."""
    from datetime import UTC, datetime, timedelta

    from sqlalchemy.exc import DBAPIError

    from ecomscraper.ledger.database import cause
    from ecomscraper.ledger.purging import may_go, past_crawls, purge

    since = None if opts.days is None else datetime.now(UTC) - timedelta(days=opts.days)
    with engine.connect() as connection:
        found = past_crawls(connection, opts.site)
    going = may_go(found, keep=opts.keep, since=since)
    gone = 0
    for crawl in going:
        try:
            goes = opts.dry_run or purge(engine, crawl.crawl_id)
        except DBAPIError as error:
            raise StorageError(f"crawl {crawl.crawl_id} could not be deleted: {cause(error)}") from error
        gone += goes
        say(f"{'would delete' if opts.dry_run else 'deleted' if goes else 'left, as it runs again:'} {_named(crawl)}")
    say(f"{gone} of {len(found)} crawls {'would go' if opts.dry_run else 'deleted'}, {len(found) - gone} kept")
    if gone and not opts.dry_run and engine.dialect.name == "sqlite":
        say("The file keeps its size, and later crawls fill it; VACUUM in sqlite3 makes it smaller")


def _named(crawl: PastCrawl) -> str:
    ended = crawl.status if crawl.exit_code is None else f"exit code {crawl.exit_code}"
    return f"crawl {crawl.crawl_id}: {crawl.spider} {crawl.site}, {crawl.started_at:%Y-%m-%d %H:%M} UTC, {ended}"

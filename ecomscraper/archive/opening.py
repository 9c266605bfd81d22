"""From a crawl whose answers were kept to one that reads them again: the way of `ledger.opening`, without the shop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings
from sqlalchemy import Connection, Engine, Row

from ecomscraper.archive.source import arguments_again, check_archive, crawl_to_reparse, listed_pages
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.crawls import begin_crawl, mark_dead
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.ledger import Ledger
from ecomscraper.ledger.locks import host_locks
from ecomscraper.ledger.opening import database_url
from ecomscraper.ledger.preparing import earlier_crawl, holder, new_crawl, plan_of, waits, writer_limits
from ecomscraper.spiders.plan import CrawlPlan


def source_of(settings: BaseSettings, crawl_id: int) -> Row[Any]:
    """The row of the crawl to be read again. Raises EcomscraperError where it cannot be."""
    engine = open_database(database_url(settings))
    try:
        with engine.connect() as connection:
            return crawl_to_reparse(connection, crawl_id)
    finally:
        engine.dispose()


def open_reparse(spider: type[Any], source: Row[Any], arguments: Mapping[str, str], settings: BaseSettings) -> Crawl:
    """A new crawl of the pages of `source`, with the profile as it is now and `arguments` over those it had.

    Raises EcomscraperError for whatever makes it impossible to start.
    """
    given = settings.get("ECOM_SITES_DIR")
    again = arguments_again(source, arguments)
    hosts = frozenset(source.hosts) if "urls" in again else None
    plan = plan_of(spider, again, Path(given) if given else None, hosts=hosts)
    limits, wait = writer_limits(settings), waits(settings)
    url = database_url(settings)
    engine = open_database(url)
    locks = host_locks(url, Path(settings["ECOM_DATA_DIR"]))
    held = frozenset({f"the archive of crawl {source.id}"})  # no host: the shop may be crawled meanwhile
    try:
        with engine.connect() as connection:
            check_archive(connection, source, has_rows_as_answered=getattr(spider, "takes_endpoints", False))
        locks.take(held, wait=wait, holder=lambda name: holder(engine, name))
        crawl_id = _begin(engine, spider, plan, settings, source.id, held)
        earlier = earlier_crawl(engine, spider, plan, before=source.id)
    except BaseException:
        locks.release()
        engine.dispose()
        raise
    return Crawl(
        plan,
        Ledger(engine, crawl_id, limits, before_write=locks.keep),
        locks,
        item_class=spider.item_class,
        follower=plan.follower(),
        earlier=earlier,
        source=source.id,
    )


def _begin(
    engine: Engine, spider: type[Any], plan: CrawlPlan, settings: BaseSettings, source: int, held: frozenset[str]
) -> int:
    outputs = [str(uri) for uri in settings.getdict("FEEDS")]
    new = new_crawl(spider, plan, outputs, hosts=held, reparsed_from=source)
    with engine.connect() as reading, write(engine) as connection:
        mark_dead(connection, held)
        return begin_crawl(connection, new, _seeds(reading, plan, source))


def _seeds(connection: Connection, plan: CrawlPlan, source: int) -> Any:
    return plan.seeds() if plan.is_listing else listed_pages(connection, source)

"""Which crawls may go, and taking them out of the database a piece at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, delete, select, update

from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import bodies, crawls, pages, products

ROWS_AT_ONCE = 10_000  # in one transaction: a crawl that runs meanwhile waits for it
DOCUMENTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PastCrawl:
    crawl_id: int
    site: str
    spider: str
    status: str
    exit_code: int | None
    started_at: datetime  # UTC
    reparsed_from: int | None = None


def past_crawls(connection: Connection, site: str | None = None) -> list[PastCrawl]:
    """All crawls, or those of one site; in order."""
    names = ("id", "site", "spider", "status", "exit_code", "started_at", "reparsed_from")
    query = select(*(crawls.c[name] for name in names)).order_by(crawls.c.id)
    if site is not None:
        query = query.where(crawls.c.site == site)
    return [PastCrawl(*row) for row in connection.execute(query)]


def may_go(found: Iterable[PastCrawl], *, keep: int | None, since: datetime | None) -> list[PastCrawl]:
    """Those that no rule keeps: `keep`, the last ones of each site and spider; `since`, what began then or later.

    The last complete crawl of a site and spider stays in any case, and so does one that runs. Reparses are counted by
    themselves: one takes no place of a crawl that asked the shop.
    """
    by_site: dict[tuple[str, str, bool], list[PastCrawl]] = defaultdict(list)
    for crawl in found:
        by_site[crawl.site, crawl.spider, crawl.reparsed_from is not None].append(crawl)
    going = []
    for of_site in by_site.values():
        newest_first = sorted(of_site, key=lambda crawl: crawl.crawl_id, reverse=True)
        last_complete = next((crawl for crawl in newest_first if crawl.exit_code == 0), None)
        for place, crawl in enumerate(newest_first):
            is_kept = (keep is not None and place < keep) or (since is not None and crawl.started_at >= since)
            if not is_kept and crawl is not last_complete and crawl.status != "running":
                going.append(crawl)
    return sorted(going, key=lambda crawl: crawl.crawl_id)


def purge(engine: Engine, crawl_id: int) -> bool:
    """Delete a crawl with all that belongs to it; False where it runs, or is gone already.

    A kill leaves it without its verdict and with fewer pages: broken, for the next purge to take.
    """
    with write(engine) as connection:
        marked = connection.execute(
            update(crawls)
            .where(crawls.c.id == crawl_id, crawls.c.status != "running")
            .values(status="broken", exit_code=None, verdict=None)
        )
    if not marked.rowcount:
        return False
    for key, at_once in (
        (bodies.c.position, DOCUMENTS_AT_ONCE),
        (products.c.key, ROWS_AT_ONCE),
        (pages.c.position, ROWS_AT_ONCE),
    ):
        while _delete_some(engine, key, crawl_id, at_once):
            pass
    with write(engine) as connection:
        connection.execute(delete(crawls).where(crawls.c.id == crawl_id))
    return True


def _delete_some(engine: Engine, key: Column[Any], crawl_id: int, at_once: int) -> bool:
    """Delete the first rows of the crawl in the table of `key`, and what hangs on them; whether there may be more."""
    table: Table = key.table
    of_crawl = table.c.crawl_id == crawl_id
    with write(engine) as connection:
        last = connection.scalar(select(key).where(of_crawl).order_by(key).offset(at_once - 1).limit(1))
        connection.execute(
            delete(table).where(of_crawl, key <= last) if last is not None else delete(table).where(of_crawl)
        )
    return last is not None

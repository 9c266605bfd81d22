"""The rows of the table `crawls`: one crawl begins, runs and ends."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from ecomscraper import __version__
from ecomscraper.ledger.ledger import add_pages
from ecomscraper.ledger.tables import crawls
from ecomscraper.pagination.page_ref import PageRef

fetched_by = func.coalesce(crawls.c.reparsed_from, crawls.c.id)
"""The crawl that asked the shop for what a crawl read: itself, or the one whose kept answers it read again."""


@dataclass(frozen=True, slots=True)
class NewCrawl:
    """What a crawl is told to do; it is kept with it."""

    site: str
    spider: str
    arguments: Mapping[str, str]
    profile: Mapping[str, Any]
    outputs: Collection[str]  # URIs of the feeds
    hosts: Collection[str]  # that it holds while it runs
    shared: bool = False  # workers may join it
    reparsed_from: int | None = None  # the crawl whose kept answers it reads


def begin_crawl(connection: Connection, crawl: NewCrawl, seeds: Iterable[PageRef]) -> int:
    """Write a new crawl with the pages that are known from the start; its id."""
    row = {
        "site": crawl.site,
        "spider": crawl.spider,
        "status": "running",
        "started_at": datetime.now(UTC),
        "arguments": dict(crawl.arguments),
        "profile": dict(crawl.profile),
        "outputs": sorted(crawl.outputs),
        "hosts": sorted(crawl.hosts),
        "pid": os.getpid(),
        "version": __version__,
        "shared": crawl.shared,
        "reparsed_from": crawl.reparsed_from,
    }
    crawl_id: int = connection.execute(insert(crawls), row).inserted_primary_key[0]  # type: ignore[index]
    add_pages(connection, crawl_id, seeds)
    return crawl_id


def end_crawl(
    connection: Connection, crawl_id: int, *, status: str, exit_code: int, verdict: Mapping[str, Any]
) -> None:
    """`status`: finished (it ran to its end), stopped (resumable) or broken."""
    connection.execute(
        update(crawls)
        .where(crawls.c.id == crawl_id)
        .values(status=status, ended_at=datetime.now(UTC), exit_code=exit_code, verdict=dict(verdict))
    )


def crawl_row(connection: Connection, crawl_id: int) -> Row[Any]:
    """The row of a crawl that is there."""
    return connection.execute(select(crawls).where(crawls.c.id == crawl_id)).one()


def running_crawls(connection: Connection) -> list[Row[Any]]:
    """Rows of the crawls that say they run, the newest first. The process of one may be dead."""
    query = select(crawls).where(crawls.c.status == "running").order_by(crawls.c.id.desc())
    return list(connection.execute(query))


def mark_dead(connection: Connection, hosts: Collection[str]) -> None:
    """Crawls that say they run on `hosts`, whose locks we hold now: their process ended without a word."""
    for row in running_crawls(connection):
        if set(row.hosts) & set(hosts):
            connection.execute(update(crawls).where(crawls.c.id == row.id).values(status="broken"))

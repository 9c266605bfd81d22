"""What the database says of earlier crawls, as rows for people and machines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from ecomscraper.exceptions import ArgumentError
from ecomscraper.items import iso_8601
from ecomscraper.ledger.tables import crawls, is_failed, pages
from ecomscraper.pagination.page_ref import LISTING_ROOM

Record = dict[str, Any]


def crawl_records(connection: Connection) -> list[Record]:
    """Every crawl with its figures, the newest first."""
    query = select(crawls).order_by(crawls.c.id.desc())
    counts = _page_counts(connection)
    none = {"pages": 0, "stored": 0, "failed": 0, "pending": 0}
    return [_crawl_record(row, counts.get(row.id, none)) for row in connection.execute(query)]


def crawl_record(connection: Connection, crawl_id: int | None) -> Record:
    """One crawl, the newest where `crawl_id` is None. Raises ArgumentError where there is none."""
    query = select(crawls).order_by(crawls.c.id.desc()).limit(1)
    if crawl_id is not None:
        query = query.where(crawls.c.id == crawl_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ArgumentError(f"there is no crawl {crawl_id}" if crawl_id else "there is no crawl in this database yet")
    counts = _page_counts(connection, row.id)
    record = _crawl_record(row, counts.get(row.id, {"pages": 0, "stored": 0, "failed": 0, "pending": 0}))
    by_reason = (
        select(pages.c.reason, func.count().label("pages"))
        .where(pages.c.crawl_id == row.id, is_failed)
        .group_by(pages.c.reason)
        .order_by(func.count().desc(), pages.c.reason)
    )
    return {
        **record,
        "arguments": row.arguments,
        "outputs": row.outputs,
        "hosts": row.hosts,
        "version": row.version,
        "listings": _listing_records(connection, row.id),
        "reasons": {row.reason: row.pages for row in connection.execute(by_reason)},
        "summary": (row.verdict or {}).get("summary"),
    }


def failure_records(connection: Connection, crawl_id: int) -> Iterator[Record]:
    """The failed pages of a crawl, in order."""
    names = ("position", "page", "url", "reason", "detail", "attempts", "http_status", "final_url", "fetched_at")
    query = (
        select(*(pages.c[name] for name in names))
        .where(pages.c.crawl_id == crawl_id, is_failed)
        .order_by(pages.c.position)
    )
    for row in connection.execute(query):
        yield {**row._asdict(), "fetched_at": _moment(row.fetched_at)}


def _listing_records(connection: Connection, crawl_id: int) -> list[Record]:
    """What came of each listing, in order; empty where the shop has only one."""
    first = (pages.c.position == pages.c.listing * LISTING_ROOM + 1, pages.c.url)
    query = (
        select(
            pages.c.listing,
            func.count().label("pages"),
            func.count().filter(pages.c.status == "stored").label("stored"),
            func.count().filter(pages.c.status == "failed").label("failed"),
            func.max(pages.c.declared_total).label("declared_total"),
            func.sum(pages.c.cards).filter(pages.c.status == "stored").label("cards"),
            func.max(case(first)).label("url"),
        )
        .where(pages.c.crawl_id == crawl_id, pages.c.listing.is_not(None))
        .group_by(pages.c.listing)
        .order_by(pages.c.listing)
    )
    return [row._asdict() for row in connection.execute(query)]


def _page_counts(connection: Connection, crawl_id: int | None = None) -> dict[int, dict[str, int]]:
    def having(status: str) -> Any:
        return func.sum(case((pages.c.status == status, 1), else_=0))

    query = select(pages.c.crawl_id, func.count(), having("stored"), having("failed"), having("pending")).group_by(
        pages.c.crawl_id
    )
    if crawl_id is not None:
        query = query.where(pages.c.crawl_id == crawl_id)
    names = ("pages", "stored", "failed", "pending")
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in connection.execute(query)}


def _crawl_record(row: Any, counts: dict[str, int]) -> Record:
    return {
        "id": row.id,
        "site": row.site,
        "spider": row.spider,
        "status": row.status,
        "exit_code": row.exit_code,
        **counts,
        "started_at": _moment(row.started_at),
        "ended_at": _moment(row.ended_at),
        "seconds": (row.verdict or {}).get("seconds"),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso_8601(moment)

"""What the database says of earlier crawls, as rows for people and machines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from ecomscraper.exceptions import ArgumentError
from ecomscraper.items import iso_8601
from ecomscraper.ledger.body_rows import archive_size
from ecomscraper.ledger.tables import crawls, is_failed, pages
from ecomscraper.ledger.tally import tally_of
from ecomscraper.pagination.page_ref import LISTING_ROOM
from ecomscraper.verdict.verdict import pages_per_second, word_of

Record = dict[str, Any]


def crawl_records(connection: Connection, site: str | None = None) -> list[Record]:
    """Every crawl with its figures, the newest first; of one site where it is named."""
    query = select(crawls).order_by(crawls.c.id.desc())
    if site is not None:
        query = query.where(crawls.c.site == site)
    return [crawl_figures(connection, row) for row in connection.execute(query).all()]


def crawl_record(connection: Connection, crawl_id: int | None) -> Record:
    """One crawl, the newest where `crawl_id` is None. Raises ArgumentError where there is none."""
    query = select(crawls).order_by(crawls.c.id.desc()).limit(1)
    if crawl_id is not None:
        query = query.where(crawls.c.id == crawl_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise ArgumentError(f"there is no crawl {crawl_id}" if crawl_id else "there is no crawl in this database yet")
    tally, archive = tally_of(connection, row.id), archive_size(connection, row.id)
    return {
        **crawl_figures(connection, row),
        "retried": tally.retried,
        "refused": tally.refused,
        "arguments": row.arguments,
        "outputs": row.outputs,
        "hosts": row.hosts,
        "version": row.version,
        "archive": archive._asdict() if archive.pages else None,
        "listings": _listing_records(connection, row.id),
        "reasons": tally.failures,
        "endings": {reason: count for reason, count in tally.failed.items() if reason not in tally.failures},
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


def crawl_figures(connection: Connection, row: Any) -> Record:
    """A row of `crawls` with what its pages add up to: as its verdict has it, else as they are now."""
    figures = _figures_of(connection, row)
    seconds = (row.verdict or {}).get("seconds")
    stored_before = (row.verdict or {}).get("stored_before", 0)
    return {
        "id": row.id,
        "site": row.site,
        "spider": row.spider,
        "reparsed_from": row.reparsed_from,
        "status": row.status,
        "exit_code": row.exit_code,
        "verdict": row.status if row.exit_code is None else word_of(row.exit_code),
        **figures,
        "started_at": _moment(row.started_at),
        "ended_at": _moment(row.ended_at),
        "seconds": seconds,
        "pages_per_second": None if seconds is None else pages_per_second(figures["stored"], stored_before, seconds),
    }


def _figures_of(connection: Connection, row: Any) -> dict[str, int]:
    if row.verdict is None:
        tally = tally_of(connection, row.id)
        stored, failed, pages_asked, items = tally.stored, sum(tally.failures.values()), tally.asked, tally.items
    else:
        stored, items = row.verdict["stored"], row.verdict["items"]
        failed = sum(each["count"] for each in row.verdict["failed"].values())
        pages_asked = stored + failed + row.verdict["pending"]
    return {
        "pages": pages_asked,
        "stored": stored,
        "failed": failed,
        "pending": pages_asked - stored - failed,
        "items": items,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else iso_8601(moment)

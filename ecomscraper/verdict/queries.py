"""The figures of a crawl, asked of the database: the only place where they are counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from ecomscraper.ledger.tables import is_failed, pages
from ecomscraper.verdict.verdict import FailedPages


class PageFigures(NamedTuple):
    stored: int
    pending: int
    failed: dict[str, FailedPages]
    items: int
    invalid: int
    declared_total: int | None
    smallest_total: int | None
    cards: int | None
    same_pages: int = 0  # stored ones that led onto another page of the crawl
    listed_again: int = 0  # pages whose URL stands in the crawl before


def page_figures(connection: Connection, crawl_id: int) -> PageFigures:
    """What the ledger of `crawl_id` adds up to."""
    of_crawl = pages.c.crawl_id == crawl_id
    counts = connection.execute(select(pages.c.status, func.count()).where(of_crawl).group_by(pages.c.status))
    by_status: dict[str, int] = {status: count for status, count in counts}  # noqa: C416  # rows are no pairs to mypy
    first_seen = pages.c.same_as.is_(None)  # a page that led onto another one shows its cards again
    sums: Any = connection.execute(
        select(
            func.coalesce(func.sum(pages.c["items"]), 0),
            func.coalesce(func.sum(pages.c.invalid), 0),
            func.max(pages.c.declared_total),
            func.min(pages.c.declared_total),
            func.sum(pages.c.cards).filter(first_seen),
            func.count(pages.c.same_as),
        ).where(of_crawl, pages.c.status == "stored")
    ).one()
    failed = failed_pages(connection, crawl_id)
    return PageFigures(
        by_status.get("stored", 0), by_status.get("pending", 0), failed, *sums, _listed_again(connection, crawl_id)
    )


def _listed_again(connection: Connection, crawl_id: int) -> int:
    # Grouped in the order of the index on the URLs: a count of distinct ones would hold them all in memory.
    times = func.count().label("times")
    urls = select(times).where(pages.c.crawl_id == crawl_id).group_by(pages.c.url).having(times > 1).subquery()
    return connection.scalar(select(func.coalesce(func.sum(urls.c.times - 1), 0))) or 0


def failed_pages(connection: Connection, crawl_id: int) -> dict[str, FailedPages]:
    """How many pages failed for each reason, with the first of each as an example."""
    of_crawl = (pages.c.crawl_id == crawl_id, is_failed)
    groups = connection.execute(
        select(pages.c.reason, func.count(), func.min(pages.c.position)).where(*of_crawl).group_by(pages.c.reason)
    ).all()
    failed = {}
    for reason, count, position in groups:
        url, detail = connection.execute(
            select(pages.c.url, pages.c.detail).where(pages.c.crawl_id == crawl_id, pages.c.position == position)
        ).one()
        failed[reason] = FailedPages(count, url, detail)
    return failed

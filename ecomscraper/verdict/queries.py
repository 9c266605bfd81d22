"""The figures of a crawl, asked of the database: the only place where they are counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, cast, func, select

from ecomscraper.ledger.tables import is_failed, pages
from ecomscraper.pagination.endings import ENDINGS
from ecomscraper.pagination.page_ref import PRODUCT
from ecomscraper.verdict.verdict import FailedPages


class PageFigures(NamedTuple):
    stored: int
    pending: int
    failed: dict[str, FailedPages]
    endings: dict[str, FailedPages]
    items: int
    invalid: int
    declared_total: int | None
    smallest_total: int | None
    cards: int | None
    same_pages: int = 0  # stored ones that led onto another page of the crawl
    repeated_pages: int = 0  # stored ones that show the same products as another page of the listing
    listed_again: int = 0  # pages whose URL stands in the crawl before


def page_figures(connection: Connection, crawl_id: int) -> PageFigures:
    """What the ledger of `crawl_id` adds up to."""
    of_crawl = pages.c.crawl_id == crawl_id
    counts = connection.execute(select(pages.c.status, func.count()).where(of_crawl).group_by(pages.c.status))
    by_status: dict[str, int] = {status: count for status, count in counts}  # noqa: C416  # rows are no pairs to mypy
    items, invalid, largest_total, smallest_total, same_pages = connection.execute(
        select(
            func.coalesce(func.sum(pages.c["items"]), 0),
            func.coalesce(func.sum(pages.c.invalid), 0),
            func.max(pages.c.declared_total),
            func.min(pages.c.declared_total),
            func.count(pages.c.same_as),
        ).where(of_crawl, pages.c.status == "stored")
    ).one()
    cards, repeated_pages = _cards(connection, crawl_id)
    return PageFigures(
        stored=by_status.get("stored", 0),
        pending=by_status.get("pending", 0),
        failed=failed_pages(connection, crawl_id),
        endings=endings(connection, crawl_id),
        items=items,
        invalid=invalid,
        declared_total=largest_total,
        smallest_total=smallest_total,
        cards=cards,
        same_pages=same_pages,
        repeated_pages=repeated_pages,
        listed_again=_listed_again(connection, crawl_id),
    )


def _listed_again(connection: Connection, crawl_id: int) -> int:
    # Grouped in the order of the index on the URLs: a count of distinct ones would hold them all in memory.
    times = func.count().label("times")
    urls = select(times).where(pages.c.crawl_id == crawl_id).group_by(pages.c.url).having(times > 1).subquery()
    return connection.scalar(select(func.coalesce(func.sum(urls.c.times - 1), 0))) or 0


def failed_pages(connection: Connection, crawl_id: int) -> dict[str, FailedPages]:
    """How many pages failed for each reason, with the first of each as an example."""
    return _by_reason(connection, crawl_id, is_failed & pages.c.reason.not_in(ENDINGS))


def endings(connection: Connection, crawl_id: int) -> dict[str, FailedPages]:
    """The rules by which listings ended, and the pages that they ended with, stored or not."""
    by_rule = pages.c.reason.in_(ENDINGS)
    found = _by_reason(connection, crawl_id, is_failed & by_rule)
    return found | _by_reason(connection, crawl_id, (pages.c.status == "stored") & by_rule)


def _cards(connection: Connection, crawl_id: int) -> tuple[int | None, int]:
    """(products that the listing's stored pages show, pages that show the same products as another one).

    A page that led onto another one shows its cards again, and so does one that shows the same as another: they
    count once. What stands beside a product on its own page is no part of the listing.
    """
    once = (
        select(func.max(pages.c.cards).label("cards"), func.count().label("times"))
        .where(
            pages.c.crawl_id == crawl_id,
            pages.c.status == "stored",
            pages.c.same_as.is_(None),
            pages.c.kind != PRODUCT,
        )
        .group_by(func.coalesce(pages.c.fingerprint, cast(pages.c.position, Text)))
        .subquery()
    )
    repeated = func.coalesce(func.sum(once.c.times - 1).filter(once.c.cards > 0), 0)
    cards, repeated_pages = connection.execute(select(func.sum(once.c.cards), repeated)).one()
    return cards, repeated_pages


def _by_reason(connection: Connection, crawl_id: int, which: Any) -> dict[str, FailedPages]:
    of_crawl = (pages.c.crawl_id == crawl_id, which)
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

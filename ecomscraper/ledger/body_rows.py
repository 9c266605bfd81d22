"""Kept answers: rows of `bodies`, each beside its page, whose settling wrote both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, and_, func, select

from ecomscraper.archive.packing import unpacked
from ecomscraper.ledger.column_types import digest
from ecomscraper.ledger.many_rows import insert_rows
from ecomscraper.ledger.tables import bodies, pages

if TYPE_CHECKING:
    from ecomscraper.items import Bundle
    from ecomscraper.ledger.ledger import PageFailure


MOST_PLACES = 100  # of one URL in a list that are looked at for its answer


class KeptPage(NamedTuple):
    """What a crawl has of a page: its answer, or how it ended without one."""

    status: str
    reason: str | None
    detail: str | None
    http_status: int | None  # None: nothing was answered
    final_url: str | None
    fetched_at: datetime | None
    headers: list[list[str]] | None
    body: bytes | None  # None: it was not kept


class ArchiveSize(NamedTuple):
    pages: int
    bytes: int  # packed


def insert_bodies(connection: Connection, crawl_id: int, settled: Iterable[Bundle | PageFailure]) -> None:
    """Write the answers of pages, as far as they are kept."""
    rows = [
        {"crawl_id": crawl_id, "position": each.position, **each.packed._asdict()}
        for each in settled
        if each.packed is not None
    ]
    insert_rows(connection, bodies, rows)


def kept_page(connection: Connection, crawl_id: int, url: str, position: int) -> KeptPage | None:
    """What a crawl has of the page at `url`; of several the one at `position`. None: it never knew of it.

    A URL that is listed twice was asked for twice, and may have been answered twice in different ways.
    """
    columns = (
        pages.c.status,
        pages.c.reason,
        pages.c.detail,
        pages.c.http_status,
        pages.c.final_url,
        pages.c.fetched_at,
        bodies.c.headers,
        bodies.c.body,
    )
    # By the index on URLs, which SQLite takes only where it needs no more than the positions.
    at = select(pages.c.position).where(pages.c.crawl_id == crawl_id, digest(pages.c.url) == url)
    places = list(connection.scalars(at.order_by(pages.c.position != position, pages.c.position).limit(MOST_PLACES)))
    of_page = and_(bodies.c.crawl_id == pages.c.crawl_id, bodies.c.position == pages.c.position)
    row = connection.execute(
        select(*columns)
        .select_from(pages.outerjoin(bodies, of_page))
        .where(pages.c.crawl_id == crawl_id, pages.c.position.in_(places))
        .order_by(pages.c.position != position, bodies.c.position.is_(None), pages.c.position)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    kept = KeptPage(*row)
    return kept if kept.body is None else kept._replace(body=unpacked(kept.body))


def has_archive(connection: Connection, crawl_id: int) -> bool:
    """Whether any answer of a crawl is kept."""
    return (
        connection.execute(select(bodies.c.position).where(bodies.c.crawl_id == crawl_id).limit(1)).first() is not None
    )


def archive_size(connection: Connection, crawl_id: int) -> ArchiveSize:
    """How many answers of a crawl are kept, and what they take."""
    size = func.coalesce(func.sum(func.length(bodies.c.body)), 0)
    query = select(func.count(), size).where(bodies.c.crawl_id == crawl_id)
    count, taken = connection.execute(query).one()
    return ArchiveSize(count, int(taken))

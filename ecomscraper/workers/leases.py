"""Which worker of a shared crawl has which page: a column of the ledger, changed in the ledger's own transactions.

A page is leased while its worker lives, see `rows`. What a worker settles counts only where the page is leased to it
still: so one that was cut off, or slept, changes nothing that another one has meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, exists, literal_column, select, text, update

from ecomscraper.ledger.tables import crawls, is_leased, is_pending, pages, workers

COLUMNS = (pages.c.position, pages.c.page, pages.c.url, pages.c.attempts, pages.c.kind)


def lock_crawl(connection: Connection, crawl_id: int, *, alone: bool) -> None:
    """Until the transaction's end no other worker finds out who lives, or has a say in who has what.

    Not `alone`: others may have the same lock; who wants it alone waits. SQLite lets one write at a time as it is.
    """
    connection.execute(
        select(crawls.c.id).where(crawls.c.id == crawl_id).with_for_update(read=not alone, key_share=alone)
    )


def free_if_it_sleeps(connection: Connection, lease_seconds: float) -> None:
    """Have the server end this transaction where its worker stops in the middle of it, or is cut off.

    Others wait for its locks to say that they live: it has to give them back well before their leases end.
    """
    if connection.dialect.name == "postgresql":
        limit = max(1, round(1000 * lease_seconds / 2))  # milliseconds
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {limit}"))


def still_leased(connection: Connection, crawl_id: int, worker: int, positions: Collection[int]) -> set[int]:
    """Those of `positions` that are pending and leased to `worker`; nobody takes them before the transaction ends."""
    query = select(pages.c.position).where(
        pages.c.crawl_id == crawl_id, pages.c.position.in_(positions), is_pending, pages.c.leased_by == worker
    )
    return set(connection.scalars(query.order_by(pages.c.position).with_for_update()))


def leased_pages(connection: Connection, crawl_id: int, worker: int) -> list[Any]:
    """The pending pages that `worker` has and that need not wait: those whose wait is over, then in order."""
    now = datetime.now(UTC)
    query = select(*COLUMNS, pages.c.due_at).where(*_had_by(connection, crawl_id, worker))
    rows = [row for row in connection.execute(query) if row.due_at is None or row.due_at <= now]
    in_order = sorted(rows, key=lambda row: (row.due_at is None, row.due_at or now, row.position))
    return [row[:-1] for row in in_order]


def next_due_of(connection: Connection, crawl_id: int, worker: int, after: datetime) -> datetime | None:
    """When the first of the worker's pages is due that are due after that moment."""
    query = select(pages.c.due_at).where(*_had_by(connection, crawl_id, worker), pages.c.due_at > after)
    return min(connection.scalars(query), default=None)


def is_left(connection: Connection, crawl_id: int) -> bool:
    """Whether a page is pending, whoever has it."""
    first = select(pages.c.position).where(pages.c.crawl_id == crawl_id, is_pending).limit(1)
    return connection.scalar(first) is not None


def is_free(connection: Connection, crawl_id: int) -> bool:
    """Whether there is a page that a worker might lease now."""
    return any(connection.scalar(query.limit(1)) is not None for query in _free(connection, crawl_id))


def lease(connection: Connection, crawl_id: int, worker: int, count: int) -> None:
    """Give `worker` up to `count` free pages, the first in order, if the crawl has a leader."""
    lock_crawl(connection, crawl_id, alone=False)
    led = exists().where(workers.c.crawl_id == crawl_id, workers.c.leads, workers.c.left_at.is_(None))
    lives = exists().where(workers.c.id == worker, workers.c.left_at.is_(None))
    if not connection.scalar(select(led & lives)):
        return
    for query in _free(connection, crawl_id)[::-1]:
        found = connection.scalars(query.limit(count).with_for_update(skip_locked=True)).all()
        _give(connection, crawl_id, found, worker)
        count -= len(found)
        if not count:
            return


def claim(connection: Connection, crawl_id: int, worker: int, positions: Collection[int]) -> None:
    """Give `worker` these pages, whoever had them; those that are settled stay as they are."""
    _give(connection, crawl_id, positions, worker)


def release(connection: Connection, crawl_id: int, living: Collection[int]) -> int:
    """Free the pending pages that others than the `living` workers have; their number."""
    had = (pages.c.crawl_id == crawl_id, is_pending, is_leased, pages.c.leased_by.not_in(living))
    found = connection.scalars(select(pages.c.position).where(*had).with_for_update(skip_locked=True)).all()
    _give(connection, crawl_id, found, None)
    return len(found)


def _positions_of(crawl_id: int, worker: int) -> Any:
    had = (pages.c.crawl_id == crawl_id, is_pending, is_leased, pages.c.leased_by == worker)
    return select(pages.c.position).where(*had)


def _had_by(connection: Connection, crawl_id: int, worker: int) -> tuple[Any, ...]:
    """By positions, which are few: SQLite takes the index on leases only where it needs nothing else of a page."""
    positions = connection.scalars(_positions_of(crawl_id, worker)).all()
    return pages.c.crawl_id == crawl_id, pages.c.position.in_(positions)


def _free(connection: Connection, crawl_id: int) -> tuple[Any, Any]:
    """(pages that nobody has, those of them that waited for another try and need not wait any more), in order."""
    has_no_worker = pages.c.leased_by.is_(None)
    if connection.dialect.name == "sqlite":
        # It takes the index that has the order only where it needs nothing else of a page.
        other = pages.alias()
        leased = (other.c.status == literal_column("'pending'"), other.c.leased_by.is_not(None))
        has_no_worker = pages.c.position.not_in(
            select(other.c.position).where(other.c.crawl_id == crawl_id, *leased).correlate(None)
        )
    free = select(pages.c.position).where(pages.c.crawl_id == crawl_id, is_pending, has_no_worker)
    fresh = free.where(pages.c.due_at.is_(None)).order_by(pages.c.position)
    waited = free.where(pages.c.due_at <= datetime.now(UTC)).order_by(pages.c.due_at, pages.c.position)
    return fresh, waited


def _give(connection: Connection, crawl_id: int, positions: Collection[int], worker: int | None) -> None:
    if positions:
        these = (pages.c.crawl_id == crawl_id, is_pending, pages.c.position.in_(positions))
        connection.execute(update(pages).where(*these).values(leased_by=worker))

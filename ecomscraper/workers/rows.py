"""The rows of the table `workers`: a worker joins a crawl, tells that it lives, and leaves it.

One worker at a time looks at all of them: who is late is dead, its pages are free, and what it might have under way
counts until its lease has ended. Time is the database's, so that no machine's clock matters.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from ecomscraper.ledger.tables import crawls, pages, workers
from ecomscraper.pace.shares import Share, fair_share, next_claim
from ecomscraper.workers.leases import free_if_it_sleeps, lock_crawl, release

RUNNING = "running"  # status of a crawl


class Report(NamedTuple):
    """What a worker says of itself."""

    holding: int  # requests that it may have under way at this moment
    wants: bool  # it has pages to fetch


class Terms(NamedTuple):
    """What holds for a worker, as its settings say."""

    lease_seconds: float
    limit: int  # requests to the site at once
    most_workers: int | None = None  # that may share the limit


class Beat(NamedTuple):
    """What a worker learns when it tells that it lives."""

    worker: int  # its number: another one, where it was taken for dead
    is_new: bool  # it was
    share: Share
    leads: bool
    others: int  # that live
    freed: int  # pages of dead workers
    crawl_status: str
    is_settled: bool  # its share is what it is to be: no other one has to give up some of it, nor has it


def join(connection: Connection, crawl_id: int, lease_seconds: float) -> int:
    """Write a new worker of this process; its number."""
    now = database_now(connection)
    row = {
        "crawl_id": crawl_id,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started_at": now,
        "lease_until": now + timedelta(seconds=lease_seconds),
        "leads": False,
        "wants": False,
        "seats": 0,
    }
    worker: int = connection.execute(insert(workers), row).inserted_primary_key[0]  # type: ignore[index]
    return worker


def beat(
    connection: Connection,
    crawl_id: int,
    worker: int,
    report: Report,
    terms: Terms,
    lead: Callable[[Connection, int], None],
) -> Beat:
    """Tell that `worker` lives, bury who is dead, and take what it may have; `lead(connection, number)` if it leads
    from now on."""
    free_if_it_sleeps(connection, terms.lease_seconds)
    lock_crawl(connection, crawl_id, alone=True)
    now = database_now(connection)
    _bury(connection, crawl_id, now)
    rows = {row.id: row for row in _rows(connection, crawl_id, now)}
    is_new = worker not in rows or rows[worker].left_at is not None
    if is_new:
        worker = join(connection, crawl_id, terms.lease_seconds)
    living = {each for each, row in rows.items() if row.left_at is None} | {worker}
    freed = release(connection, crawl_id, living)
    led_by = next((each for each in living if each in rows and rows[each].leads), None)
    status = connection.scalar(select(crawls.c.status).where(crawls.c.id == crawl_id))
    leads = led_by == worker or (led_by is None and worker == min(living) and status == RUNNING)
    if leads and led_by is None:
        lead(connection, worker)
    wanting = [each for each in living if each != worker and rows[each].wants] + [worker] * report.wants
    others = sum(row.seats for each, row in rows.items() if each != worker)
    fair = fair_share(terms.limit, worker, wanting, terms.most_workers)
    if is_new:  # its share is another's by now: it waits until it has told what is under way in truth
        claim, seats = report.holding, 0
    else:
        claim, seats = next_claim(terms.limit, fair, report.holding, others)
    _change(
        connection, worker,
        lease_until=now + timedelta(seconds=terms.lease_seconds), leads=leads, wants=report.wants, seats=claim,
    )  # fmt: skip
    share = Share(seats, terms.limit)
    return Beat(worker, is_new, share, leads, len(living) - 1, freed, str(status), is_settled=claim == fair)


def leave(connection: Connection, crawl_id: int, worker: int, terms: Terms) -> bool:
    """Let `worker` go, and free its pages, if another one lives; else it has to end the crawl. Whether it went."""
    free_if_it_sleeps(connection, terms.lease_seconds)
    lock_crawl(connection, crawl_id, alone=True)
    now = database_now(connection)
    _bury(connection, crawl_id, now)
    living = {row.id for row in _rows(connection, crawl_id, now) if row.left_at is None}
    if not living - {worker}:
        _change(connection, worker, leads=True)  # a newcomer must not begin while this one ends
        return False
    end(connection, worker)
    release(connection, crawl_id, living - {worker})
    return True


def end(connection: Connection, worker: int) -> None:
    """`worker` has nothing under way any more."""
    _change(connection, worker, left_at=database_now(connection), leads=False, wants=False, seats=0)


def bury_process(connection: Connection, crawl_id: int, pid: int, terms: Terms) -> int:
    """Free the pages of the workers of a process of this machine that is known to be dead; their number.

    What they may have under way counts until their leases end: a shop may not know yet.
    """
    free_if_it_sleeps(connection, terms.lease_seconds)
    lock_crawl(connection, crawl_id, alone=True)
    now = database_now(connection)
    dead = (workers.c.crawl_id == crawl_id, workers.c.pid == pid, workers.c.host == socket.gethostname())
    connection.execute(
        update(workers).where(*dead, workers.c.left_at.is_(None)).values(left_at=now, leads=False, wants=False)
    )
    living = [row.id for row in _rows(connection, crawl_id, now) if row.left_at is None]
    return release(connection, crawl_id, living)


def living_workers(connection: Connection, crawl_id: int) -> list[Row[Any]]:
    """The workers whose leases have not ended."""
    rows = _rows(connection, crawl_id, database_now(connection))
    return [row for row in rows if row.left_at is None and row.lease_until > database_now(connection)]


class Run(NamedTuple):
    """What all workers of a crawl have done together since the first of them joined."""

    seconds: float
    stored_before: int  # pages, by an earlier run of the crawl


def run_of(connection: Connection, crawl_id: int) -> Run:
    """The run of a crawl that has had a worker."""
    first: datetime = connection.execute(
        select(func.min(workers.c.started_at)).where(workers.c.crawl_id == crawl_id)
    ).scalar_one()
    before = select(func.count()).where(
        pages.c.crawl_id == crawl_id, pages.c.status == "stored", pages.c.fetched_at < first
    )
    return Run((database_now(connection) - first).total_seconds(), connection.scalar(before) or 0)


def database_now(connection: Connection) -> datetime:
    """The time by the clock that all workers of a crawl have in common."""
    if connection.dialect.name == "sqlite":  # its workers are on one machine
        return datetime.now(UTC)
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now.astimezone(UTC)


def _bury(connection: Connection, crawl_id: int, now: datetime) -> None:
    late = (workers.c.crawl_id == crawl_id, workers.c.left_at.is_(None), workers.c.lease_until <= now)
    connection.execute(update(workers).where(*late).values(left_at=now, leads=False, wants=False))


def _rows(connection: Connection, crawl_id: int, now: datetime) -> Collection[Row[Any]]:
    """The workers that live, or may have something under way."""
    counts = or_(workers.c.left_at.is_(None), workers.c.lease_until > now)
    return connection.execute(select(workers).where(workers.c.crawl_id == crawl_id, counts)).all()


def _change(connection: Connection, worker: int, **values: Any) -> None:
    connection.execute(update(workers).where(workers.c.id == worker).values(**values))

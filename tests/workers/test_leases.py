"""Who has which page and how many seats, whoever joins, leaves, sleeps or dies; on both kinds of database."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, update

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.database import write
from ecomscraper.ledger.ledger import PageFailure, Postponement, add_pages
from ecomscraper.ledger.tables import crawls, pages, workers
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.workers.leases import claim, is_left
from ecomscraper.workers.rows import Beat, Report, Terms, beat, bury_process, join, leave, living_workers
from ecomscraper.workers.worker import Worker

TERMS = Terms(lease_seconds=60, limit=8)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Crew:
    """Workers of one crawl, in one process."""

    def __init__(self, engine: Engine, crawl_id: int) -> None:
        self.engine = engine
        self.crawl_id = crawl_id
        self.led: list[int] = []
        self.telling: list[int] = []  # positions of pages that may bring others to light

    def worker(self) -> Worker:
        with write(self.engine) as connection:
            return Worker(self.crawl_id, join(connection, self.crawl_id, TERMS.lease_seconds), TERMS, 0.0)

    def beat(self, worker: Worker, *, in_flight: int = 0, wants: bool = True) -> Beat:
        report = Report(max(worker.share.seats, in_flight), wants)
        with write(self.engine) as connection:
            said = beat(connection, self.crawl_id, worker.number, report, TERMS, self._lead)
        worker.heard(said, 0.0)
        return said

    def take(self, worker: Worker, limit: int = 4, apart: tuple[int, ...] = ()) -> list[int]:
        with write(self.engine) as connection:
            return [page.position for page in worker.take(connection, limit, apart)]

    def own(self, worker: Worker, *positions: int) -> list[int]:
        """Those of pages that it has settled which it may commit."""
        with write(self.engine) as connection:
            settlements = [PageFailure(position, "timeout") for position in positions]
            return [each.position for each in worker.own(connection, settlements)]

    def leased(self) -> dict[int, int]:
        with self.engine.connect() as connection:
            query = select(pages.c.position, pages.c.leased_by).where(pages.c.leased_by.is_not(None))
            return {row.position: row.leased_by for row in connection.execute(query.order_by(pages.c.position))}

    def _lead(self, connection: Connection, worker: int) -> None:
        self.led.append(worker)
        claim(connection, self.crawl_id, worker, self.telling)


@pytest.fixture
def crew(engine: Engine, crawl_id: int) -> Crew:
    return Crew(engine, crawl_id)


def test_two_workers_never_have_the_same_page(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()
    crew.beat(first), crew.beat(second)
    assert crew.take(first) == [1, 2, 3, 4]
    assert crew.take(second) == [5, 6, 7, 8]
    assert crew.take(first, apart=(1, 2)) == [3, 4, 9, 10]
    assert crew.take(second, limit=8) == [5, 6, 7, 8, 11, 12]
    assert crew.take(second, apart=(5, 6, 7, 8, 11, 12)) == []


def test_the_leader_has_what_tells_of_others_before_anybody_leases(crew: Crew) -> None:
    crew.telling = [12]
    first, second = crew.worker(), crew.worker()
    assert crew.take(second) == []  # nobody leads yet
    assert not crew.beat(second).leads
    assert crew.take(second) == []
    assert crew.beat(first).leads
    assert crew.leased() == {12: first.number}
    assert crew.take(second, limit=20) == list(range(1, 12))
    assert crew.led == [first.number]


def test_pages_of_a_dead_worker_are_leased_again_and_it_commits_none_of_them(
    crew: Crew, expire: Callable[[int], None]
) -> None:
    first, second = crew.worker(), crew.worker()
    crew.beat(second, wants=False)
    assert crew.beat(first).leads
    assert crew.take(first) == [1, 2, 3, 4]
    assert crew.own(first, 1) == [1]
    expire(first.number)
    assert crew.own(first, 1) == [1]  # nobody has taken them: what was fetched is not thrown away
    said = crew.beat(second)
    assert (said.freed, said.leads, said.others) == (4, True, 0)
    assert crew.take(second, limit=2) == [1, 2]
    assert crew.own(first, 1, 2, 3) == []
    assert crew.own(second, 1, 2, 3) == [1, 2]
    assert (first.dropped, second.dropped) == (3, 1)


def test_who_was_taken_for_dead_goes_on_as_a_newcomer(crew: Crew, expire: Callable[[int], None]) -> None:
    first, second = crew.worker(), crew.worker()
    assert crew.beat(first).leads
    crew.take(first)
    before = first.number
    expire(first.number)
    crew.beat(second)
    said = crew.beat(first, in_flight=3)
    assert said.is_new
    assert said.worker > second.number
    assert not said.leads
    assert crew.own(first, 1) == []
    assert crew.led == [before, second.number]
    with crew.engine.connect() as connection:
        assert [row.id for row in living_workers(connection, crew.crawl_id)] == [second.number, first.number]


def test_who_comes_back_has_no_seats_any_more(crew: Crew, expire: Callable[[int], None]) -> None:
    first, second = crew.worker(), crew.worker()
    assert crew.beat(first).share.seats == 8
    expire(first.number)
    assert crew.beat(second).share.seats == 8
    back = crew.beat(first)  # and says by an old count that it has eight
    assert (back.is_new, back.share.seats, back.is_settled) == (True, 0, False)
    assert crew.beat(second).share.seats == 4
    assert crew.beat(first).share.seats == 0
    crew.beat(second)
    assert crew.beat(first).share.seats == 4


def test_seats_go_from_hand_to_hand(crew: Crew, expire: Callable[[int], None]) -> None:
    first, second = crew.worker(), crew.worker()
    assert crew.beat(first).share.seats == 8
    assert crew.beat(second).share.seats == 0  # all are claimed
    assert crew.beat(first, in_flight=6).share.seats == 4  # sends no more than four, but has six under way
    assert crew.beat(second).share.seats == 0
    crew.beat(first, in_flight=6)
    assert crew.beat(second).share.seats == 2
    crew.beat(first)
    assert crew.beat(second).share.seats == 4
    third = crew.worker()
    crew.beat(third, wants=False)
    assert (crew.beat(first).share.seats, crew.beat(second).share.seats) == (4, 4)  # it has nothing to fetch
    expire(first.number)
    assert crew.beat(second).share.seats == 8


def test_a_dead_process_frees_its_pages_at_once_and_its_seats_with_its_lease(
    crew: Crew, expire: Callable[[int], None]
) -> None:
    first = crew.worker()
    crew.beat(first)
    assert crew.take(first) == [1, 2, 3, 4]
    with write(crew.engine) as connection:
        assert bury_process(connection, crew.crawl_id, os.getpid(), first.terms) == 4
    second = crew.worker()
    assert crew.beat(second).share.seats == 0  # the shop may be answering it still
    assert crew.take(second) == [1, 2, 3, 4]
    expire(first.number)
    assert crew.beat(second).share.seats == 8


def test_the_last_worker_does_not_leave_but_ends_the_crawl(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()
    crew.beat(first), crew.beat(second)
    crew.take(first), crew.take(second)
    with write(crew.engine) as connection:
        assert leave(connection, crew.crawl_id, first.number, first.terms)
        assert not leave(connection, crew.crawl_id, second.number, second.terms)
    assert set(crew.leased().values()) == {second.number}
    assert crew.beat(second).leads
    assert second.share.seats == 8


def test_nobody_leads_a_crawl_that_has_ended(crew: Crew) -> None:
    first = crew.worker()
    with write(crew.engine) as connection:
        connection.execute(update(crawls).values(status="finished", exit_code=0))
    said = crew.beat(first)
    assert (said.leads, said.crawl_status) == (False, "finished")
    assert crew.take(first) == []


def test_a_page_that_waits_stays_with_its_worker_until_that_is_gone(crew: Crew, expire: Callable[[int], None]) -> None:
    first, second = crew.worker(), crew.worker()
    crew.beat(first), crew.beat(second)
    crew.take(first)
    with write(crew.engine) as connection:
        connection.execute(update(pages).where(pages.c.position == 2).values(due_at=NOON, attempts=1))
        connection.execute(update(pages).where(pages.c.position == 3).values(due_at=datetime(2999, 1, 1, tzinfo=UTC)))
        assert first.next_due(connection, NOON) == datetime(2999, 1, 1, tzinfo=UTC)
        assert second.next_due(connection, NOON) is None
        assert first.own(connection, [Postponement(2, NOON, "timeout", "", 2)])
    assert crew.take(first)[:3] == [2, 1, 4]  # what has waited comes first
    expire(first.number)
    crew.beat(second)
    assert crew.take(second, limit=3) == [2, 1, 4]
    with crew.engine.connect() as connection:
        assert is_left(connection, crew.crawl_id)


def test_new_pages_that_tell_of_others_stay_with_who_revealed_them(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()
    crew.beat(first)
    first.tells = lambda position: position == 13
    with write(crew.engine) as connection:
        refs = [PageRef(page, page, f"http://shop.example/{page}") for page in (13, 14)]
        add_pages(connection, crew.crawl_id, refs, first)
        connection.execute(update(pages).where(pages.c.position < 12).values(status="stored"))
    assert crew.take(second) == [12, 14]
    assert crew.take(first) == [13]


def test_a_settled_page_keeps_who_settled_it_and_is_nobodys_any_more(crew: Crew) -> None:
    first = crew.worker()
    crew.beat(first)
    crew.take(first)
    with write(crew.engine) as connection:
        connection.execute(update(pages).where(pages.c.position == 1).values(status="stored"))
    assert crew.own(first, 1, 2) == [2]
    assert crew.leased()[1] == first.number


def test_a_worker_that_is_in_the_middle_of_a_commit_is_waited_for_by_nobody(
    crew: Crew, expire: Callable[[int], None]
) -> None:
    if crew.engine.dialect.name == "sqlite":
        pytest.skip("one program at a time writes to SQLite")
    first, second = crew.worker(), crew.worker()
    crew.beat(first)
    crew.take(first)
    expire(first.number)
    with write(crew.engine) as connection:
        assert [each.position for each in first.own(connection, [_title(1)])] == [1]
        assert crew.beat(second).freed == 3  # all but the one that is being committed
        assert crew.take(second) == [2, 3, 4, 5]
        connection.execute(update(pages).where(pages.c.position == 1).values(status="stored"))
    crew.beat(second)
    assert crew.own(second, 1, 2) == [2]


def test_the_server_ends_a_commit_whose_worker_sleeps(crew: Crew) -> None:
    if crew.engine.dialect.name == "sqlite":
        pytest.skip("a setting of PostgreSQL's")
    worker = crew.worker()
    worker.terms = Terms(lease_seconds=2.5, limit=1)
    with write(crew.engine) as connection:
        worker.own(connection, [_title(1)])
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "1250ms"
    with crew.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "0"


def test_nothing_is_sent_in_the_second_half_of_a_lease() -> None:
    worker = Worker(1, 1, TERMS, joined_at=100.0)
    assert worker.seats(100.0) == 0
    worker.heard(Beat(1, False, worker.share.__class__(5, 8), True, 0, 0, "running", True), 100.0)
    assert (worker.seats(129.9), worker.seats(130.0)) == (5, 0)


@pytest.mark.parametrize("database", ["sqlite_database"], indirect=True)
def test_what_runs_for_each_lease_takes_an_index(crew: Crew) -> None:
    first = crew.worker()
    crew.beat(first)
    seen: list[tuple[str, Any]] = []
    with write(crew.engine) as connection:
        connection.connection.driver_connection.set_trace_callback(lambda sql: seen.append((sql, ())))  # type: ignore[union-attr]
        first.may_take(connection, ())
        first.take(connection, 4, ())
        first.next_due(connection, NOON)
        first.is_left(connection)
        first.own(connection, [_title(1)])
        connection.connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
        plans = {
            sql: [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
            for sql, _ in seen
            if "pages" in sql
        }
    assert len(plans) >= 8
    few = ("PRIMARY KEY (crawl_id=? AND position=?)", "pages_pending", "pages_leased", "TEMP B-TREE")
    for sql, steps in plans.items():
        found = [step for step in steps if " pages" in step]
        assert found
        assert all(any(way in step for way in few) for step in found), (sql, steps)


def _title(position: int) -> Bundle:
    url = f"http://shop.example/page/{position}/"
    title = Title(position, "Page", "Page", "", url, url, NOON)
    return Bundle(position, [title], url, url, 200, NOON, 1000)


def test_workers_of_a_crawl_go_with_it(crew: Crew) -> None:
    crew.worker()
    with write(crew.engine) as connection:
        connection.execute(crawls.delete())
        assert connection.scalars(select(workers.c.id)).all() == []

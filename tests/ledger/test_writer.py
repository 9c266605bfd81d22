"""The thread that writes: batches, order, a buffer that really bounds, and a database that is not always there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, text

from ecomscraper.exceptions import EcomscraperError, StorageError
from ecomscraper.ledger.database import write
from ecomscraper.ledger.writer import Writer

LOCKED = ("database is locked", "canceling statement due to lock timeout")  # SQLite's words, and PostgreSQL's


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


class Notes:
    """What was written, batch by batch; writes each number into a table of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.batches: list[list[int]] = []  # those that were tried
        with write(engine) as connection:
            connection.execute(text("CREATE TABLE notes (number INTEGER PRIMARY KEY)"))

    def apply(self, connection: Connection, works: Sequence[int]) -> None:
        self.batches.append(list(works))
        for number in works:
            connection.execute(text("INSERT INTO notes VALUES (:number)"), {"number": number})

    def stored(self) -> list[int]:
        with self.engine.connect() as connection:
            return list(connection.scalars(text("SELECT number FROM notes ORDER BY number")))


@pytest.fixture
def notes(engine: Engine) -> Notes:
    return Notes(engine)


def count(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM notes")) or 0)


async def until(condition: Callable[[], bool]) -> None:
    """For what another thread brings about and tells nobody."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


def test_a_batch_ends_when_it_is_full(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=3, batch_seconds=60))

    async def run() -> int:
        for number in range(1, 8):
            await writer.submit(number)
        await until(lambda: len(notes.batches) == 2)
        return await writer.call(count)

    assert on_loop(run()) == 7
    assert notes.batches == [[1, 2, 3], [4, 5, 6], [7]]  # the last one because somebody waited
    writer.close()


def test_a_batch_ends_when_it_is_old(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=1000, batch_seconds=0.05))

    async def run() -> None:
        await writer.submit(1)
        await writer.submit(2)
        await until(lambda: notes.batches == [[1, 2]])

    on_loop(run())
    writer.close()
    assert notes.stored() == [1, 2]


def test_works_are_done_in_the_order_they_were_handed_in(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=7))
    seen: list[int] = []

    async def run() -> None:
        for number in range(1, 41):
            await writer.submit(number)
            if number % 10 == 0:
                seen.append(await writer.call(count))

    on_loop(run())
    writer.close()
    assert seen == [10, 20, 30, 40]
    assert [number for batch in notes.batches for number in batch] == list(range(1, 41))


def test_a_call_that_writes_is_committed_and_gives_its_result(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits())

    def add(connection: Connection) -> str:
        connection.execute(text("INSERT INTO notes VALUES (99)"))
        return "added"

    assert on_loop(writer.call(add, writes=True)) == "added"
    assert notes.stored() == [99]
    writer.close()


@pytest.mark.parametrize("writes", [False, True])
def test_what_a_call_raises_belongs_to_its_caller(notes: Notes, limits, on_loop, writes: bool) -> None:
    writer = Writer(notes.engine, notes.apply, limits())

    def stumble(connection: Connection) -> None:
        connection.execute(text("INSERT INTO notes VALUES (1)"))
        raise LookupError("no such page")

    with pytest.raises(LookupError, match="no such page"):
        on_loop(writer.call(stumble, writes=writes))
    assert writer.failed is None
    on_loop(writer.submit(2))
    writer.close()
    assert notes.stored() == [2]


def test_a_full_buffer_holds_back_who_submits_until_the_database_takes_it(
    notes: Notes, limits, on_loop, locked
) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=2, buffer_pages=5))
    handed_in: list[int] = []

    async def submit_all() -> None:
        for number in range(1, 31):
            await writer.submit(number)
            handed_in.append(number)

    async def run() -> tuple[list[int], list[int]]:
        with locked() as unlock:
            task = asyncio.create_task(submit_all())
            await until(lambda: len(handed_in) >= 5)
            for _ in range(100):  # turns of the loop in which more could slip through
                await asyncio.sleep(0)
            while_locked = list(handed_in), notes.stored()
            unlock()
            await task
        return while_locked

    handed_in_while_locked, stored_while_locked = on_loop(run())
    writer.close()
    assert handed_in_while_locked == [1, 2, 3, 4, 5]
    assert stored_while_locked == []
    assert handed_in == list(range(1, 31))
    assert notes.stored() == list(range(1, 31))


def test_many_who_wait_for_room_all_get_it(notes: Notes, limits, on_loop, locked) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=1, buffer_pages=2))

    async def run() -> None:
        with locked() as unlock:
            tasks = [asyncio.create_task(writer.submit(number)) for number in range(1, 21)]
            await until(lambda: sum(task.done() for task in tasks) == 2)
            unlock()
            await asyncio.gather(*tasks)

    on_loop(run())
    writer.close()
    assert notes.stored() == list(range(1, 21))


def test_what_must_not_wait_goes_beyond_the_buffer(notes: Notes, limits, on_loop, gate) -> None:
    def apply(connection: Connection, works: Sequence[int]) -> None:
        gate.wait()
        notes.apply(connection, works)

    writer = Writer(notes.engine, apply, limits(batch_pages=1, buffer_pages=1))

    async def run() -> bool:
        for number in range(1, 6):
            writer.submit_now(number)
        waiting = asyncio.create_task(writer.submit(6))
        await gate.reached()
        was_held_back = not waiting.done()
        gate.open()
        await waiting
        return was_held_back

    assert on_loop(run())
    writer.close()
    assert notes.stored() == [1, 2, 3, 4, 5, 6]


def test_a_database_that_is_locked_for_a_while_gets_everything(
    notes: Notes, limits, on_loop, locked, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=10))

    async def run() -> int:
        with locked() as unlock:
            for number in range(1, 26):
                await writer.submit(number)
            await until(lambda: "trying again" in caplog.text)
            unlock()
        return await writer.call(count)

    assert on_loop(run()) == 25
    writer.close()
    assert writer.failed is None
    assert notes.stored() == list(range(1, 26))
    told = [f"The database cannot be written now ({why}); trying again" for why in LOCKED]
    assert [message in told for message in caplog.messages].count(True) == 1


def test_a_database_that_stays_locked_ends_it_and_lets_everybody_go(notes: Notes, limits, on_loop, locked) -> None:
    failures: list[EcomscraperError] = []
    quick = limits(batch_pages=2, buffer_pages=3, patience_seconds=0.1)
    writer = Writer(notes.engine, notes.apply, quick, on_failure=failures.append)

    async def run() -> list[object]:
        with locked():
            tasks = [asyncio.create_task(writer.submit(number)) for number in range(1, 11)]
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            late = await asyncio.gather(
                writer.submit(11), writer.call(lambda c: None, writes=True), return_exceptions=True
            )
        await until(lambda: len(failures) > 0)
        return [*ends, *late]

    ends = on_loop(run())
    writer.close()
    assert ends[:3] == [None, None, None]  # they were in the buffer
    assert ends[3:] == [writer.failed] * 9
    assert isinstance(writer.failed, StorageError)
    assert str(writer.failed) in [f"the database could not be written for 0.1 s: {why}" for why in LOCKED]
    assert failures == [writer.failed]
    assert notes.stored() == []


def test_reading_goes_on_when_writing_failed(notes: Notes, limits, on_loop, locked) -> None:
    writer = Writer(notes.engine, notes.apply, limits(patience_seconds=0.05))

    async def run() -> int:
        await writer.submit(1)
        await writer.call(count)
        with locked():
            await writer.submit(2)
            await until(lambda: writer.failed is not None)
            return await writer.call(count)

    assert on_loop(run()) == 1
    writer.close()


def test_a_write_that_never_can_succeed_is_not_tried_again(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=1))

    async def run() -> None:
        await writer.submit(1)
        await writer.submit(1)  # breaks the primary key
        await until(lambda: writer.failed is not None)

    on_loop(run())
    writer.close()
    assert notes.batches == [[1], [1]]
    assert str(writer.failed) in (
        "the database refused a write: UNIQUE constraint failed: notes.number",
        'the database refused a write: duplicate key value violates unique constraint "notes_pkey"',
    )
    assert notes.stored() == [1]


def test_a_failed_batch_leaves_nothing_behind(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=3, batch_seconds=60))

    async def run() -> None:
        for number in (1, 2, 2):
            await writer.submit(number)
        await until(lambda: writer.failed is not None)
        with suppress(StorageError):
            await writer.submit(3)

    on_loop(run())
    writer.close()
    assert notes.batches == [[1, 2, 2]]
    assert notes.stored() == []


def test_each_commit_is_told_with_what_it_brought(notes: Notes, limits, on_loop) -> None:
    seen: list[int] = []
    quick = limits(batch_pages=2, batch_seconds=60)
    writer = Writer(notes.engine, notes.apply, quick, after_commit=lambda c: seen.append(count(c)))

    async def run() -> None:
        for number in range(1, 6):
            await writer.submit(number)
        await writer.call(count)

    on_loop(run())
    writer.close()
    assert seen == [2, 4, 5]


def test_a_listener_that_breaks_stops_the_crawl_and_not_the_thread(
    notes: Notes, limits, on_loop, caplog: pytest.LogCaptureFixture
) -> None:
    failures: list[EcomscraperError] = []

    def break_down(connection: Connection) -> None:
        raise ZeroDivisionError("of the listener")

    writer = Writer(
        notes.engine, notes.apply, limits(batch_pages=1), after_commit=break_down, on_failure=failures.append
    )

    async def run() -> int:
        await writer.submit(1)
        await until(lambda: len(failures) > 0)
        with pytest.raises(EcomscraperError, match="of the listener"):
            await writer.submit(2)
        return await writer.call(count)

    assert on_loop(run()) == 1
    writer.close()
    assert len(failures) == 1
    assert failures[0].exit_code == 1
    assert "The ledger's writer has a bug" in caplog.text


def test_closing_commits_what_was_handed_in(notes: Notes, limits, on_loop) -> None:
    writer = Writer(notes.engine, notes.apply, limits(batch_pages=100, batch_seconds=60))

    async def run() -> None:
        for number in range(1, 43):
            await writer.submit(number)
        writer.close()

    on_loop(run())
    assert notes.stored() == list(range(1, 43))


def test_closing_what_never_began_is_nothing(notes: Notes, limits) -> None:
    Writer(notes.engine, notes.apply, limits()).close()
    assert notes.stored() == []


def test_a_waiter_that_was_cancelled_disturbs_nobody(notes: Notes, limits, on_loop, gate) -> None:
    writer = Writer(notes.engine, notes.apply, limits())

    def slow(connection: Connection) -> None:
        gate.wait()

    async def run() -> int:
        call = asyncio.create_task(writer.call(slow))
        await gate.reached()
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        gate.open()
        await writer.submit(1)
        return await writer.call(count)

    assert on_loop(run()) == 1
    writer.close()

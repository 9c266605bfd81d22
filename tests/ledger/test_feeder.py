"""The feeder: each pending page once, in order, within the window; it ends neither too early nor never."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from ecomscraper.ledger import feeder as feeder_room
from ecomscraper.ledger.database import open_database
from ecomscraper.ledger.feeder import Feeder
from ecomscraper.ledger.ledger import Ledger, PageFailure, Postponement


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


class Fetched:
    """Takes pages of a feeder as the engine does, and says when each is done."""

    def __init__(self, ledger: Ledger, window: int) -> None:
        self.ledger = ledger
        self.feeder = Feeder(ledger, window)
        self.given: list[int] = []
        self.under_way: set[int] = set()
        self.most_under_way = 0
        self._news = asyncio.Event()

    async def take_all(self) -> list[int]:
        async for page in self.feeder.pages():
            self.given.append(page.position)
            self.under_way.add(page.position)
            self.most_under_way = max(self.most_under_way, len(self.under_way))
            self._news.set()
        return self.given

    async def until_given(self, count: int) -> None:
        while len(self.given) < count:
            self._news.clear()
            await self._news.wait()

    async def settle(self, settlement: object, *, reveals: bool = False) -> None:
        """As a crawl does: into the ledger first, then out of the window."""
        position = settlement.position
        self.under_way.discard(position)
        await self.ledger.settle(settlement)
        self.feeder.settled(position, reveals=reveals)


@pytest.fixture
def fetch(engine: Engine, limits, new_crawl) -> Callable[[int, int], Fetched]:
    """`fetch(pages, window)`"""
    return lambda pages, window: Fetched(Ledger(engine, new_crawl(engine, pages), limits()), window)


def test_the_window_is_filled_in_order_and_not_overfilled(fetch, bundle, on_loop) -> None:
    fetched = fetch(10, 3)

    async def run() -> list[list[int]]:
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(3)
        seen = [list(fetched.given)]
        for position in (2, 1):
            await fetched.settle(bundle(position))
            await fetched.until_given(len(seen) + 3)
            seen.append(list(fetched.given))
        task.cancel()
        return seen

    assert on_loop(run()) == [[1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]
    assert fetched.most_under_way == 3
    assert [fetched.feeder.holds(position) for position in (1, 2, 3, 4, 5, 6)] == [
        False,
        False,
        True,
        True,
        True,
        False,
    ]
    fetched.ledger.close()


def test_it_ends_when_the_last_page_is_settled_and_not_before(fetch, bundle, on_loop) -> None:
    fetched = fetch(2, 5)

    async def run() -> bool:
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(2)
        await fetched.settle(bundle(1))
        for _ in range(100):
            await asyncio.sleep(0)
        waited = not task.done()
        await fetched.settle(PageFailure(2, "timeout"))
        await asyncio.wait_for(task, 10)
        return waited

    assert on_loop(run())
    fetched.ledger.close()


def test_a_crawl_without_pages_ends_at_once(fetch, on_loop) -> None:
    fetched = fetch(0, 5)
    assert on_loop(fetched.take_all()) == []
    fetched.ledger.close()


def test_revealed_pages_are_fetched_though_nothing_was_pending(fetch, bundle, refs, on_loop) -> None:
    fetched = fetch(1, 5)

    async def run() -> None:
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(1)
        await fetched.settle(bundle(1, refs(2, 3, 4)), reveals=True)
        await fetched.until_given(4)
        for position in (4, 3):
            await fetched.settle(bundle(position))
        await fetched.settle(bundle(2, refs(5)), reveals=True)
        await fetched.until_given(5)
        await fetched.settle(bundle(5))
        await asyncio.wait_for(task, 10)

    on_loop(run())
    assert fetched.given == [1, 2, 3, 4, 5]
    fetched.ledger.close()


def test_pages_that_are_revealed_while_the_ledger_is_read_are_not_overlooked(
    fetch, bundle, refs, on_loop, gate
) -> None:
    """The read finds nothing, as it was asked for before; the word of new pages comes while it is under way."""
    fetched = fetch(1, 5)

    async def run() -> None:
        blocked = asyncio.create_task(fetched.ledger.read(lambda c: gate.wait()))
        task = asyncio.create_task(fetched.take_all())
        await gate.reached()
        gate.open()
        await blocked
        await fetched.until_given(1)
        reading = asyncio.create_task(fetched.feeder._read())
        await asyncio.sleep(0)
        await fetched.settle(bundle(1, refs(2)), reveals=True)
        await reading
        await asyncio.wait_for(fetched.until_given(2), 10)
        await fetched.settle(bundle(2))
        await asyncio.wait_for(task, 10)

    on_loop(run())
    assert fetched.given == [1, 2]
    fetched.ledger.close()


def test_more_pages_than_are_read_at_once_come_each_once_and_in_order(
    fetch, bundle, on_loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeder_room, "READ_AHEAD", 4)
    fetched = fetch(50, 3)

    async def run() -> None:
        task = asyncio.create_task(fetched.take_all())
        for count in range(1, 51):
            await fetched.until_given(count)
            await fetched.settle(bundle(count))
        await asyncio.wait_for(task, 10)

    on_loop(run())
    assert fetched.given == list(range(1, 51))
    assert fetched.most_under_way <= 3
    fetched.ledger.close()


def test_it_ends_when_storage_failed_though_pages_are_left(
    fetch, locked, limits, engine, new_crawl, bundle, on_loop
) -> None:
    ledger = Ledger(engine, new_crawl(engine, 9), limits(patience_seconds=0.05))
    fetched = Fetched(ledger, 2)
    ledger.watch(on_failure=lambda error: fetched.feeder.wake())

    async def run() -> None:
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(2)
        with locked():
            await ledger.settle(bundle(1))
            await asyncio.wait_for(task, 10)

    on_loop(run())
    assert fetched.given == [1, 2]
    ledger.close()


def test_a_page_that_waits_comes_back_when_it_is_due_and_not_before(fetch, bundle, page_rows, engine, on_loop) -> None:
    fetched = fetch(2, 1)

    async def run() -> None:
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(1)
        due_at = datetime.now(UTC) + timedelta(seconds=0.3)
        due_at = due_at.replace(microsecond=due_at.microsecond // 1000 * 1000)  # as the database keeps it
        fetched.under_way.discard(1)
        await fetched.ledger.settle(Postponement(1, due_at, "http_503", "the shop answered 503", 1))
        fetched.feeder.postponed(1, due_at)
        await fetched.until_given(2)
        await fetched.settle(bundle(2))  # the page behind it does not wait for it
        await asyncio.wait_for(fetched.until_given(3), 10)
        assert datetime.now(UTC) >= due_at
        await fetched.settle(bundle(1, attempts=2))
        await asyncio.wait_for(task, 10)

    on_loop(run())
    fetched.ledger.close()
    assert fetched.given == [1, 2, 1]
    row = page_rows(engine, fetched.ledger.crawl_id)[0]
    assert (row.status, row.reason, row.due_at, row.attempts) == ("stored", None, None, 2)


def test_it_knows_how_many_are_left_where_none_wait(fetch, bundle, on_loop) -> None:
    fetched = fetch(4, 2)

    async def run() -> list[int | None]:
        seen = [fetched.feeder.left]
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(2)
        seen.append(fetched.feeder.left)
        await fetched.settle(bundle(1))
        seen.append(fetched.feeder.left)
        await fetched.settle(bundle(2), reveals=True)
        seen.append(fetched.feeder.left)
        await fetched.until_given(4)
        due_at = datetime.now(UTC) + timedelta(hours=1)
        await fetched.ledger.settle(Postponement(3, due_at, "http_503", "the shop answered 503", 1))
        fetched.feeder.postponed(3, due_at)
        seen.append(fetched.feeder.left)
        task.cancel()
        return seen

    assert on_loop(run()) == [None, 4, 3, None, None]
    fetched.ledger.close()


def test_it_rests_where_all_that_is_left_waits(fetch, bundle, on_loop) -> None:
    fetched = fetch(2, 1)

    async def run() -> None:
        task = asyncio.create_task(fetched.take_all())
        await fetched.until_given(1)
        due_at = datetime.now(UTC) + timedelta(hours=1)
        await fetched.ledger.settle(Postponement(1, due_at, "http_503", "the shop answered 503", 1))
        assert fetched.feeder.rest_seconds() == 0  # page 2 is there
        fetched.feeder.postponed(1, due_at)
        await fetched.until_given(2)
        await fetched.settle(bundle(2))
        assert 3000 < fetched.feeder.rest_seconds() <= 3600
        task.cancel()

    on_loop(run())
    fetched.ledger.close()


@given(seed=st.integers(0, 2**32), window=st.integers(1, 5), seeds=st.integers(0, 6), read_ahead=st.integers(1, 4))
@settings(max_examples=40)
def test_whatever_the_order_nothing_is_lost_and_nothing_comes_twice(
    bundle, refs, limits, new_crawl, on_loop, seed: int, window: int, seeds: int, read_ahead: int
) -> None:
    """Pages settle in any order, some of them revealing others, at any moment of the feeder's reading."""
    chance = random.Random(seed)

    async def crawl_all(fetched: Fetched) -> int:
        """Settle whatever is given until it ends; how many pages there were."""
        last = seeds
        taking = asyncio.create_task(fetched.take_all())
        while not taking.done():
            for _ in range(chance.randint(1, 4)):
                await asyncio.sleep(0)
            if not fetched.under_way:
                given_one = asyncio.create_task(fetched.until_given(len(fetched.given) + 1))
                await asyncio.wait([taking, given_one], return_when=asyncio.FIRST_COMPLETED, timeout=10)
                given_one.cancel()
                continue
            new = chance.randint(0, 3) if last < 15 else 0
            revealed = refs(*range(last + 1, last + 1 + new))
            last += new
            settled = bundle(chance.choice(sorted(fetched.under_way)), revealed)
            await fetched.settle(settled, reveals=bool(new))
        await taking
        return last

    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeder_room, "READ_AHEAD", read_ahead)
        engine = open_database(f"sqlite:///{Path(folder) / 'l.sqlite3'}")
        fetched = Fetched(Ledger(engine, new_crawl(engine, seeds), limits(batch_seconds=0)), window)
        try:
            pages = on_loop(crawl_all(fetched))
        finally:
            fetched.ledger.close()
    assert sorted(fetched.given) == list(range(1, pages + 1))
    assert fetched.most_under_way <= window

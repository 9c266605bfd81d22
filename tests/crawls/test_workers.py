"""Several processes on one crawl: killed, stopped, interrupted, and joined by more; one result all the same."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from ecomscraper.ledger.database import open_database

LIMIT = 8  # of the shop, for all workers together
LEASE_SECONDS = 4
QUICK = (
    *("-s", f"ECOM_WORKERS_LEASE_SECONDS={LEASE_SECONDS}"),
    *("-s", "DOWNLOAD_TIMEOUT=2"),
    *("-s", "ECOM_LEDGER_BATCH_SECONDS=0.1"),
)
suite = pytest.mark.slow
campaign = pytest.mark.campaign
both = pytest.mark.parametrize("database", ["sqlite_database", "postgres_database"], indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_database"))
    return url


engine_of = lru_cache(open_database)


@pytest.fixture(autouse=True)
def nothing_left(database: str, tmp_path: Path) -> Iterator[None]:
    """Workers outlive a parent that is killed, and so they would a test that fails."""
    yield
    for pid in pids(database):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cwd").readlink() == tmp_path:
                os.kill(pid, signal.SIGKILL)
    engine_of(database).dispose()


def asked(database: str, query: str, **values: Any) -> list[Any]:
    with engine_of(database).connect() as connection:
        return list(connection.execute(text(query), values).all())


def stored(database: str) -> int:
    return int(asked(database, "SELECT count(*) FROM pages WHERE status = 'stored'")[0][0])


def pids(database: str) -> list[int]:
    """The processes of the workers that have not left, the leader first."""
    rows = asked(database, "SELECT pid FROM workers WHERE left_at IS NULL ORDER BY leads DESC, id")
    return [pid for (pid,) in rows]


def sharing(database: str) -> int:
    """How many workers have a share of the shop's limit."""
    return int(asked(database, "SELECT count(*) FROM workers WHERE seats > 0")[0][0])


def crew(start_crawl: Any, shop: Any, *args: str, **options: Any) -> Any:
    """`scrapy workers` on a shop that bears LIMIT requests at once."""
    return start_crawl(
        shop, "-a", f"limits.concurrency={LIMIT}", *QUICK, "-O", "titles.json", *args, command="workers", **options
    )


def join(start_crawl: Any, shop: Any, *args: str) -> Any:
    return start_crawl(shop, "-a", "crawl=1", *QUICK, *args)


def check_complete(run: Any, shop: Any, database: str, pages: int, feed: Path) -> None:
    """Every page once in the database, one ordered feed, and the shop's limit kept."""
    assert run.end(120) == 0, run.log
    assert "Traceback" not in run.log
    check_result(shop, database, pages, feed)


def check_result(shop: Any, database: str, pages: int, feed: Path) -> None:
    rows = json.loads(feed.read_text(encoding="utf-8"))
    assert [(row["page"], row["url"]) for row in rows] == [(page, shop.listing(page)) for page in range(1, pages + 1)]
    assert asked(database, "SELECT status, count(*) FROM pages GROUP BY status") == [("stored", pages)]
    assert asked(database, "SELECT count(*) FROM titles") == [(pages,)]
    assert asked(database, "SELECT status, exit_code FROM crawls") == [("finished", 0)]
    assert not any(map(is_alive, pids(database)))  # one that was killed at the end is in the lease that nobody saw end
    assert shop.counts()["max_in_flight"] <= LIMIT


def fetched_twice(shop: Any) -> int:
    targets = shop.counts()["targets"]
    return sum(each["requests"] - 1 for target, each in targets.items() if target.startswith("/ecommerce/"))


@suite
@both
def test_a_worker_that_is_killed_is_told_and_the_others_do_its_pages(
    database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    pages = 240
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency", "0.1")
    run = crew(start_crawl, shop, "-n", "2")
    assert run.when(lambda: "joins it" in run.log and sharing(database) == 2), run.log
    victim = pids(database)[0]  # the leader
    os.kill(victim, signal.SIGKILL)
    check_complete(run, shop, database, pages, tmp_path / "titles.json")
    assert re.search(rf"process {victim} was ended by signal 9; its \d+ pages are free for the others", run.log)
    assert run.log.count(f"complete: {pages} of {pages} pages stored; 0 failed") == 1
    assert run.log.count("leads crawl 1") == 2
    assert fetched_twice(shop) <= 4 * LIMIT  # what it had leased


@pytest.mark.parametrize(
    "database",
    [pytest.param("postgres_database", marks=suite), pytest.param("sqlite_database", marks=campaign)],
    indirect=True,
)
def test_a_worker_that_slept_through_its_lease_commits_nothing_that_is_anothers_now(
    database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    pages = 240
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency", "0.1")
    run = crew(start_crawl, shop, "-n", "2")
    its_own = "SELECT count(*) FROM pages WHERE status = 'stored' AND leased_by = 2"
    assert run.when(lambda: "joins it" in run.log and asked(database, its_own) > [(0,)]), run.log
    ((sleeper,),) = asked(database, "SELECT pid FROM workers WHERE id = 2")
    os.kill(sleeper, signal.SIGSTOP)
    assert run.when(lambda: asked(database, "SELECT left_at FROM workers WHERE id = 2") != [(None,)]), run.log
    settled = asked(database, its_own)
    os.kill(sleeper, signal.SIGCONT)
    check_complete(run, shop, database, pages, tmp_path / "titles.json")
    assert asked(database, its_own) == settled
    assert fetched_twice(shop) <= 4 * LIMIT


class Relay:
    """Between a worker and PostgreSQL: while it holds, nothing gets through, and nobody is told."""

    def __init__(self, serving: Any, on_loop: Any, database: str) -> None:
        self._on_loop = on_loop
        self._target = make_url(database)
        self._passes = asyncio.Event()
        self._passes.set()
        self.url = self._target.set(port=serving(self._serve).port).render_as_string(hide_password=False)

    def hold(self) -> None:
        self._on_loop(self._let(self._passes.clear))

    def go_on(self) -> None:
        self._on_loop(self._let(self._passes.set))

    @staticmethod
    async def _let(change: Callable[[], None]) -> None:
        change()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(self._target.host, self._target.port)
        ways = [asyncio.create_task(self._pass_on(*way)) for way in ((reader, ours), (theirs, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            ours.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._passes.wait()
            writer.write(data)


@campaign
@pytest.mark.parametrize("database", ["postgres_database"], indirect=True)
def test_a_worker_that_was_cut_off_commits_nothing_that_is_anothers_now(
    database: str, demo_shop: Any, start_crawl: Any, serving: Any, on_loop: Any, tmp_path: Path
) -> None:
    pages, seconds = 2500, 30
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency", "0.2")
    relay = Relay(serving, on_loop, database)
    run = crew(start_crawl, shop, "-n", "1")
    assert run.when(lambda: "joins it" in run.log and stored(database) > 1), run.log
    lonely = start_crawl(shop, "-a", "crawl=1", *QUICK, env={"ECOM_DATABASE_URL": relay.url})
    its_own = "SELECT count(*) FROM pages WHERE status = 'stored' AND leased_by = 2"
    assert run.when(lambda: asked(database, its_own) > [(4,)]), run.log
    relay.hold()
    until = time.monotonic() + seconds
    assert run.when(lambda: asked(database, "SELECT left_at FROM workers WHERE id = 2") != [(None,)]), run.log
    settled = asked(database, its_own)
    assert run.when(lambda: time.monotonic() > until), run.log
    relay.go_on()
    assert run.when(lambda: "it goes on as worker 3" in lonely.log), lonely.log
    check_complete(run, shop, database, pages, tmp_path / "titles.json")
    assert lonely.end() == 0, lonely.log
    assert asked(database, its_own) == settled
    freed = re.search(r"A worker of crawl 1 is gone: its (\d+) pages are free again", run.log)
    assert freed
    assert fetched_twice(shop) <= int(freed[1])


@suite
def test_one_interruption_ends_all_and_the_crawl_can_be_resumed(
    database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    pages = 240
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency", "0.1")
    run = crew(start_crawl, shop, "-n", "2")
    assert run.when(lambda: "joins it" in run.log and sharing(database) == 2), run.log
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 130, run.log
    assert "Traceback" not in run.log
    assert run.log.count("pages stored;") == 1
    assert asked(database, "SELECT status, exit_code FROM crawls") == [("stopped", 130)]
    assert asked(database, "SELECT count(*) FROM workers WHERE left_at IS NULL") == [(0,)]
    assert len(json.loads((tmp_path / "titles.json").read_text())) == stored(database)
    again = crew(start_crawl, shop, "-n", "2", "-a", "resume=last")
    check_complete(again, shop, database, pages, tmp_path / "titles.json")
    assert fetched_twice(shop) == 0


@campaign
@both
def test_products_that_several_pages_show_are_written_once(
    database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", "64")
    alone = start_crawl(shop, "-a", "details=true", "-O", "alone.json", spider="products")
    assert alone.end() == 0, alone.log
    run = crew(start_crawl, shop, "-n", "2", "-a", "details=true", spider="products")
    assert run.end() == 0, run.log
    one, other = (
        [{name: value for name, value in row.items() if name != "fetched_at"} for row in json.loads(path.read_text())]
        for path in (tmp_path / "alone.json", tmp_path / "titles.json")
    )
    assert other == one
    assert len(other) == 64


@campaign
@pytest.mark.parametrize(
    ("seed", "database"),
    [
        *(pytest.param(seed, "postgres_database") for seed in range(20)),
        *(pytest.param(100 + seed, "sqlite_database") for seed in range(5)),
    ],
    indirect=["database"],
)
def test_workers_that_come_and_are_killed_lose_nothing(
    seed: int, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    """Three workers; every two seconds one of them, whichever, is killed, and a new one joins."""
    rng = random.Random(seed)
    pages = 3_000
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency", "0.05")
    run = crew(start_crawl, shop, "-n", "3")
    assert run.when(lambda: "joins it" in run.log and len(pids(database)) == 3 and stored(database) > 10), run.log
    joined: list[Any] = []
    kills, leased, due = 0, 0, time.monotonic() + 2
    while asked(database, "SELECT exit_code FROM crawls") == [(None,)]:
        assert time.monotonic() < due + 240, [each.log for each in (run, *joined)]
        wait_until(due, database)
        due += 2
        living = [pid for pid in pids(database) if is_alive(pid)]
        if len(living) > 1 and stored(database) < pages - 300:
            victim = rng.choice(living)
            os.kill(victim, signal.SIGSTOP)
            leased += leased_by(database, victim)
            os.kill(victim, signal.SIGKILL)
            kills += 1
            joined.append(join(start_crawl, shop, "-O", "titles.json"))
    ends = [each.end() for each in (run, *joined) if "crawl 1 is finished" not in each.log]  # one may come too late
    assert set(ends) <= {0, 130, -signal.SIGKILL}  # 130: all of the first three were killed, and others went on
    assert 0 in ends
    check_result(shop, database, pages, tmp_path / "titles.json")
    assert not [each.log for each in (run, *joined) if "Traceback" in each.log]
    twice = fetched_twice(shop)
    logging.getLogger(__name__).info("%d kills; %d pages fetched twice, %d leased by the dead", kills, twice, leased)
    late = sum(each.log.count("was not heard of for") for each in (run, *joined))  # on a machine that is too busy
    assert kills >= 3
    assert twice <= leased + late * 4 * LIMIT


def wait_until(moment: float, database: str) -> None:
    """Or until the crawl has its verdict."""
    while time.monotonic() < moment and asked(database, "SELECT exit_code FROM crawls") == [(None,)]:
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False


def leased_by(database: str, pid: int) -> int:
    leases = (
        "SELECT count(*) FROM pages JOIN workers ON workers.id = pages.leased_by "
        "WHERE pages.status = 'pending' AND workers.pid = :pid"
    )
    return int(asked(database, leases, pid=pid)[0][0])

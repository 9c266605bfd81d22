"""Pages that wait for their next try: they hold no seat and little memory, and survive whatever ends a crawl."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from aiohttp import web
from scrapy.utils.defer import deferred_from_coro
from sqlalchemy import select, update

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.shop import DemoShop
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import pages
from ecomscraper.verdict.verdict import COMPLETE, INTERRUPTED

AN_HOUR = ("ECOM_PACE_BACKOFF_BASE_SECONDS=3600", "ECOM_PACE_BACKOFF_CAP_SECONDS=3600")
LATENCY_SECONDS = "0.15"  # so long that it sets the speed, not the machine
UNBOUNDED = ("ECOM_PACE_BREAKER_FAILURES=100000", "ECOM_PACE_BUDGET_LEAST=100000")


def set_all(*settings: str) -> list[str]:
    return [part for setting in settings for part in ("-s", setting)]


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "data" / "ecomscraper.sqlite3", timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def stored(folder: Path) -> int:
    """Pages that are, of all crawls."""
    return _pages(folder, "status = 'stored'")


def waiting(folder: Path) -> int:
    """Pages that wait for their next try."""
    return _pages(folder, "status = 'pending' AND due_at IS NOT NULL")


def _pages(folder: Path, such: str) -> int:
    try:
        return int(query(folder, f"SELECT count(*) FROM pages WHERE {such}")[0][0])
    except sqlite3.OperationalError:  # the crawl has not made its database yet
        return 0


def memory_mib(process: Any) -> float:
    resident = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE") / 2**20


def put_off(folder: Path, change: Callable[[int, datetime], datetime]) -> dict[int, float]:
    """Change the times at which pages are due: `change(position, due_at)`. They then are, by position, since 1970."""
    engine = open_database(f"sqlite:///{folder / 'data' / 'ecomscraper.sqlite3'}")
    with write(engine) as connection:
        rows = connection.execute(select(pages.c.position, pages.c.due_at).where(pages.c.due_at.is_not(None))).all()
        due = {position: change(position, due_at) for position, due_at in rows}
        for position, due_at in due.items():
            connection.execute(update(pages).where(pages.c.position == position).values(due_at=due_at))
    engine.dispose()
    return {position: due_at.timestamp() for position, due_at in due.items()}


@pytest.mark.parametrize(
    ("retries", "others", "least_share"),  # of the speed without any retries
    [
        pytest.param(200, 250, 0.3, marks=pytest.mark.slow),  # other programs may slow it down by half
        pytest.param(5_000, 5_000, 0.8, marks=pytest.mark.campaign),
    ],
)
def test_waiting_pages_hold_up_neither_the_others_nor_the_end(
    retries: int, others: int, least_share: float, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    """The first pages fail once, and wait for up to an hour; then come the others."""
    last = 1 + retries + others
    shop = demo_shop(
        "--small", "--products", str(16 * last), "--latency", LATENCY_SECONDS,
        "--fault", f"status=500:first=1@2-{1 + retries}",
    )  # fmt: skip
    run = start_crawl(shop, *set_all(*AN_HOUR, *UNBOUNDED, "RETRY_TIMES=9"))
    _until(run, lambda: waiting(tmp_path), retries // 10)
    few_wait = memory_mib(run.process)
    _until(run, lambda: waiting(tmp_path), retries * 8 // 10)  # some are due again by then
    rate = _rate(run, lambda: stored(tmp_path), others)
    many_wait = memory_mib(run.process)
    _until(run, lambda: stored(tmp_path), others)
    waited = waiting(tmp_path)
    cpu = _cpu_seconds(run.process)
    time.sleep(2.0)  # what is measured is the work in a stretch of time in which nothing is due
    idle_cpu = _cpu_seconds(run.process) - cpu
    interrupted_at = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    assert run.end(timeout=10) == INTERRUPTED
    ended_in = time.monotonic() - interrupted_at

    put_off(tmp_path, lambda _, due_at: due_at - timedelta(hours=1))
    resumed = start_crawl(shop, "-a", "resume=last", *set_all(*UNBOUNDED, *AN_HOUR))
    assert resumed.end(timeout=240) == COMPLETE, resumed.log
    assert stored(tmp_path) == last
    sound_shop = demo_shop("--small", "--products", str(16 * others), "--latency", LATENCY_SECONDS)
    baseline = _rate(start_crawl(sound_shop), lambda: stored(tmp_path) - last, others)
    print(  # noqa: T201  # the record of the campaign
        f"{waited} retries waiting: {rate:.0f} pages/s beside them, {baseline:.0f} without any; "
        f"{many_wait - few_wait:+.1f} MiB; {idle_cpu:.2f} s of work in 2 s; SIGINT ended it in {ended_in:.2f} s"
    )
    assert many_wait - few_wait < 20
    assert ended_in < 2.0
    assert idle_cpu < 0.5
    assert rate > least_share * baseline


def _until(run: Any, count: Callable[[], int], wanted: int) -> None:
    """Each tenth of the way within a minute."""
    for tenth in range(1, 11):
        assert run.when(lambda enough=wanted * tenth // 10: count() >= enough), run.log


def _rate(run: Any, count: Callable[[], int], pages_in_all: int) -> float:
    """Pages a second, from the second fifth to the last but one."""
    _until(run, count, pages_in_all // 5)
    begin, before = time.monotonic(), count()
    _until(run, count, pages_in_all * 4 // 5)
    return (count() - before) / (time.monotonic() - begin)


def _cpu_seconds(process: Any) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.slow
def test_a_page_that_waits_survives_kill_9_and_is_not_asked_for_before_it_is_due(
    demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * 20), "--fault", "status=500:first=1@3,7,11")
    settings = set_all(*AN_HOUR)
    run = start_crawl(shop, *settings)
    assert run.when(lambda: waiting(tmp_path) == 3)
    run.kill()
    before = query(tmp_path, "SELECT position, attempts, reason, due_at FROM pages WHERE due_at IS NOT NULL")
    assert [(attempts, reason) for _, attempts, reason, _ in before] == [(1, "http_500")] * 3
    soon = datetime.now(UTC) + timedelta(seconds=4)
    due = put_off(tmp_path, lambda position, _: soon + timedelta(seconds=position / 10))

    resumed = start_crawl(shop, "-a", "resume=last", *settings)
    assert resumed.end() == COMPLETE, resumed.log
    arrived = {}
    for arrival in shop.counts()["arrivals"]:  # the last one of each counts
        arrived[arrival["target"]] = arrival["wall_seconds"]
    assert len(due) == 3
    for position, due_at in due.items():
        assert arrived[f"/ecommerce/page/{position}/"] >= due_at
    counts = shop.counts()["targets"]
    assert [counts[f"/ecommerce/page/{position}/"]["requests"] for position in due] == [2, 2, 2]


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_a_retry_under_way_is_waited_for_without_work(crawl: Any) -> None:
    """Its answer takes 3 s, and nothing else is left to do."""

    class LateShop(DemoShop):
        tries = 0

        async def _response(self, request: web.BaseRequest) -> web.Response | None:
            if request.path == "/ecommerce/page/2/":
                self.tries += 1
                if self.tries == 1:
                    return web.Response(status=500)
                await asyncio.sleep(3)
            return await super()._response(request)

    shop = LateShop(ShopOptions(products=32, small=True))
    port = await deferred_from_coro(shop.start())
    begin = time.process_time()
    try:
        done = await crawl(
            settings={"ECOM_PACE_BACKOFF_BASE_SECONDS": 0.1}, start=f"http://127.0.0.1:{port}/ecommerce/"
        )
    finally:
        await deferred_from_coro(shop.stop())
    assert done.verdict.exit_code == COMPLETE
    assert done.verdict.facts.seconds > 3
    assert time.process_time() - begin < 1.0

"""Crawls that are killed at any moment: what is stored is whole, and a resumed crawl fetches the rest and no more.

A kill comes when the shop has been asked so often as a seed says, so each case can be repeated on its own.
"""

from __future__ import annotations

import json
import math
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from ecomscraper.ledger.database import open_database

IN_FLIGHT = 16  # the demo shop's limit
BATCH_PAGES = 50  # small, so that a batch too many would be seen
SETTINGS = (
    *("-s", f"ECOM_LEDGER_BATCH_PAGES={BATCH_PAGES}"),
    *("-s", "ECOM_LEDGER_BATCH_SECONDS=5"),  # long, so that no batch ends before it is full
    *("-O", "titles.json"),
)
OLD_FEED = '[\n{"page": 1, "title": "yesterday"}\n]'

CAMPAIGN = pytest.mark.campaign
Interruption = Callable[[Any], None]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_database"))
    return url


def seeds(suite: int, campaign: int, *, on_postgres: int = 0) -> list[Any]:
    """(seed, largest number of pages, database): some for the suite, others for the campaign."""
    small = [pytest.param(seed, 300, "sqlite_database", marks=pytest.mark.slow) for seed in range(suite)]
    large = [pytest.param(100 + seed, 5_000, "sqlite_database", marks=CAMPAIGN) for seed in range(campaign)]
    if not on_postgres:
        return small + large
    small.append(pytest.param(0, 300, "postgres_database", marks=pytest.mark.slow))
    return (
        small
        + large
        + [pytest.param(200 + seed, 5_000, "postgres_database", marks=CAMPAIGN) for seed in range(on_postgres)]
    )


def kill(run: Any) -> None:
    run.kill()


def interrupt_twice(run: Any) -> None:
    run.process.send_signal(signal.SIGINT)
    run.when(lambda: "Closing spider (shutdown)" in run.log)
    run.process.send_signal(signal.SIGINT)
    assert run.end(timeout=10) in (130, -signal.SIGINT)  # the latter while Python itself ends: a shell calls both 130
    assert "Traceback" not in run.log


@pytest.mark.parametrize(
    ("seed", "most_pages", "database"), seeds(suite=2, campaign=25, on_postgres=5), indirect=["database"]
)
def test_a_crawl_killed_twice_loses_nothing(
    seed: int, most_pages: int, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _interrupt_and_resume(seed, most_pages, kill, demo_shop, start_crawl, database, tmp_path)


@pytest.mark.parametrize(("seed", "most_pages", "database"), seeds(suite=1, campaign=10), indirect=["database"])
def test_a_crawl_that_two_sigints_end_loses_nothing(
    seed: int, most_pages: int, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _interrupt_and_resume(1_000 + seed, most_pages, interrupt_twice, demo_shop, start_crawl, database, tmp_path)


def _interrupt_and_resume(
    seed: int,
    most_pages: int,
    interruption: Interruption,
    demo_shop: Any,
    start_crawl: Any,
    database: str,
    tmp_path: Path,
) -> None:
    """Interrupt a crawl and its first resumption, then resume until it is done, checking after each step."""
    rng = random.Random(seed)
    pages = round(math.exp(rng.uniform(math.log(150), math.log(most_pages))))
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency-random", "0.02")
    feed = tmp_path / "titles.json"
    feed.write_text(OLD_FEED)
    resume: tuple[str, ...] = ()
    stored = 0
    for interruptions, asked in enumerate(sorted(rng.sample(range(2, pages), 2)), 1):
        run = start_crawl(shop, *SETTINGS, *resume)
        assert run.when_asked(shop, asked), run.log
        interruption(run)
        stored_before, stored = stored, _check_whole_pages(database, pages)
        assert stored >= stored_before
        fetched_for_nothing = sum(_page_requests(shop).values()) - stored
        assert fetched_for_nothing <= interruptions * (IN_FLIGHT + BATCH_PAGES)
        if interruption is kill:
            assert feed.read_text() == OLD_FEED
        elif feed.read_text() != OLD_FEED:  # one SIGINT was enough to end: the feed has what there was
            assert len(json.loads(feed.read_text())) in (stored_before, stored)
        resume = ("-a", "resume=last")
    run = start_crawl(shop, *SETTINGS, *resume)
    assert run.end(timeout=300) == 0, run.log
    assert _check_whole_pages(database, pages) == pages
    _check_feed(feed, shop, pages)
    requests = _page_requests(shop)
    assert len(requests) == pages
    assert sum(requests.values()) - pages <= 2 * (IN_FLIGHT + BATCH_PAGES)


@pytest.mark.parametrize(
    "seed",
    [
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2)),
        *(pytest.param(100 + seed, marks=pytest.mark.campaign) for seed in range(20)),
    ],
)
def test_a_kill_near_the_end_leaves_the_old_feed_or_a_whole_new_one(
    seed: int, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    pages = rng.randint(150, 500)
    shop = demo_shop("--small", "--products", str(16 * pages))
    feed = tmp_path / "titles.json"
    feed.write_text(OLD_FEED)
    run = start_crawl(shop, *SETTINGS)
    # robots.txt and every page: what is left to do is to store, to write the feed and to judge
    run.when_asked(shop, 1 + pages)
    part = tmp_path / ".titles.json.part"
    run.when(lambda: not part.exists() or part.stat().st_size >= rng.randint(0, 200 * pages))
    run.kill()
    if feed.read_text() != OLD_FEED:
        _check_feed(feed, shop, pages)
    if _exit_code(database) != 0:
        run = start_crawl(shop, *SETTINGS, "-a", "resume=last")
        assert run.end() == 0, run.log
    _check_feed(feed, shop, pages)
    assert not part.exists()


def _check_whole_pages(database: str, pages: int) -> int:
    """The number of stored pages. Each has its row, no other page has one, and none is there without the rest."""
    with _opened(database) as connection:
        if connection.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        statuses = dict(
            connection.execute(text("SELECT status, count(*) FROM pages WHERE crawl_id = 1 GROUP BY 1")).all()
        )
        without_their_row = "SELECT position FROM pages WHERE status = 'stored' EXCEPT SELECT position FROM titles"
        assert connection.execute(text(without_their_row)).all() == []
        without_their_page = "SELECT position FROM titles EXCEPT SELECT position FROM pages WHERE status = 'stored'"
        assert connection.execute(text(without_their_page)).all() == []
    stored: int = statuses.get("stored", 0)
    # the first page is stored together with the pages that it reveals
    assert sum(statuses.values()) == (pages if stored else 1)
    assert "failed" not in statuses
    return stored


def _exit_code(database: str) -> int | None:
    with _opened(database) as connection:
        code: int | None = connection.scalar(text("SELECT exit_code FROM crawls WHERE id = 1"))
        return code


@contextmanager
def _opened(database: str) -> Iterator[Connection]:
    engine = open_database(database)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _check_feed(feed: Path, shop: Any, pages: int) -> None:
    rows = json.loads(feed.read_text(encoding="utf-8"))
    assert [(row["page"], row["url"]) for row in rows] == [(page, shop.listing(page)) for page in range(1, pages + 1)]


def _page_requests(shop: Any) -> dict[str, int]:
    """How often each page was asked for."""
    targets = shop.counts()["targets"]
    return {target: count["requests"] for target, count in targets.items() if target.startswith("/ecommerce/")}

"""Crawls that are killed at any moment: what is stored is whole, and a resumed crawl fetches the rest and no more.

A kill comes when the shop has been asked so often as a seed says, so each case can be repeated on its own.
"""

from __future__ import annotations

import json
import math
import random
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

IN_FLIGHT = 16  # the demo shop's limit
BATCH_PAGES = 50  # small, so that a batch too many would be seen
SETTINGS = (
    *("-s", f"ECOM_LEDGER_BATCH_PAGES={BATCH_PAGES}"),
    *("-s", "ECOM_LEDGER_BATCH_SECONDS=5"),  # long, so that no batch ends before it is full
    *("-O", "titles.json"),
)
OLD_FEED = '[\n{"page": 1, "title": "yesterday"}\n]'

Interruption = Callable[[Any], None]


def seeds(suite: int, campaign: int) -> list[Any]:
    """Seeds with their largest number of pages: some for the suite, others for the campaign."""
    small = [pytest.param(seed, 300, marks=pytest.mark.slow) for seed in range(suite)]
    return [*small, *(pytest.param(100 + seed, 5_000, marks=pytest.mark.campaign) for seed in range(campaign))]


def kill(run: Any) -> None:
    run.kill()


def interrupt_twice(run: Any) -> None:
    run.process.send_signal(signal.SIGINT)
    run.when(lambda: "Closing spider (shutdown)" in run.log)
    run.process.send_signal(signal.SIGINT)
    assert run.end(timeout=10) in (130, -signal.SIGINT)  # the latter while Python itself ends: a shell calls both 130
    assert "Traceback" not in run.log


@pytest.mark.parametrize(("seed", "most_pages"), seeds(suite=2, campaign=25))
def test_a_crawl_killed_twice_loses_nothing(
    seed: int, most_pages: int, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _interrupt_and_resume(seed, most_pages, kill, demo_shop, start_crawl, tmp_path)


@pytest.mark.parametrize(("seed", "most_pages"), seeds(suite=1, campaign=10))
def test_a_crawl_that_two_sigints_end_loses_nothing(
    seed: int, most_pages: int, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _interrupt_and_resume(1_000 + seed, most_pages, interrupt_twice, demo_shop, start_crawl, tmp_path)


def _interrupt_and_resume(
    seed: int, most_pages: int, interruption: Interruption, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    """Interrupt a crawl and its first resumption, then resume until it is done, checking after each step."""
    rng = random.Random(seed)
    pages = round(math.exp(rng.uniform(math.log(150), math.log(most_pages))))
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency-random", "0.02")
    feed, database = tmp_path / "titles.json", tmp_path / "data" / "ecomscraper.sqlite3"
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
    seed: int, demo_shop: Any, start_crawl: Any, tmp_path: Path
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
    if _exit_code(tmp_path / "data" / "ecomscraper.sqlite3") != 0:
        run = start_crawl(shop, *SETTINGS, "-a", "resume=last")
        assert run.end() == 0, run.log
    _check_feed(feed, shop, pages)
    assert not part.exists()


def _check_whole_pages(database: Path, pages: int) -> int:
    """The number of stored pages. Each has its row, no other page has one, and none is there without the rest."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        known, stored, failed = connection.execute(
            "SELECT count(*), sum(status = 'stored'), sum(status = 'failed') FROM pages WHERE crawl_id = 1"
        ).fetchone()
        without_their_row = "SELECT position FROM pages WHERE status = 'stored' EXCEPT SELECT position FROM titles"
        assert connection.execute(without_their_row).fetchall() == []
        without_their_page = "SELECT position FROM titles EXCEPT SELECT position FROM pages WHERE status = 'stored'"
        assert connection.execute(without_their_page).fetchall() == []
    assert known == (pages if stored else 1)  # the first page is stored together with the pages that it reveals
    assert failed == 0
    return int(stored)


def _exit_code(database: Path) -> int | None:
    with closing(sqlite3.connect(database)) as connection:
        code: int | None = connection.execute("SELECT exit_code FROM crawls WHERE id = 1").fetchone()[0]
        return code


def _check_feed(feed: Path, shop: Any, pages: int) -> None:
    rows = json.loads(feed.read_text(encoding="utf-8"))
    assert [(row["page"], row["url"]) for row in rows] == [(page, shop.listing(page)) for page in range(1, pages + 1)]


def _page_requests(shop: Any) -> dict[str, int]:
    """How often each page was asked for."""
    targets = shop.counts()["targets"]
    return {target: count["requests"] for target, count in targets.items() if target.startswith("/ecommerce/")}

"""SIGINT and SIGTERM: one ends a crawl when the requests in flight are answered, a second one at once."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LATENCY_SECONDS = 1.0
AT_ONCE_SECONDS = 4.0  # for a busy machine; each crawl here would go on for more than fifteen
BOTH = pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=lambda sent: sent.name)


def seconds_to_end(run: Any, sent: signal.Signals) -> float:
    """How long a crawl takes to end after a signal."""
    at = time.monotonic()
    run.process.send_signal(sent)
    assert run.end() == 130, run.log
    return time.monotonic() - at


@BOTH
def test_a_signal_ends_a_crawl_when_what_is_in_flight_is_answered_and_stored(
    sent: signal.Signals, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * 320), "--latency", str(LATENCY_SECONDS))
    run = start_crawl(shop, "-O", "titles.json")
    assert run.when_asked(shop, 1 + 1 + 16), run.log  # robots.txt, the first page, and all that may be in flight

    assert seconds_to_end(run, sent) < LATENCY_SECONDS + AT_ONCE_SECONDS

    asked = {target for target in shop.counts()["targets"] if target.startswith("/ecommerce/")}
    rows = json.loads((tmp_path / "titles.json").read_text(encoding="utf-8"))
    assert [row["page"] for row in rows] == list(range(1, len(asked) + 1))
    assert {row["url"].removeprefix(shop.address) for row in rows} == asked
    assert (status(tmp_path), stored(tmp_path)) == (("stopped", 130), len(asked))
    assert f"INTERRUPTED: {len(asked)} of 320 pages stored; 0 failed; {320 - len(asked)} not done" in run.last_line
    assert "what is not done is not lost: -a resume=1 goes on with it" in run.log


def test_pages_that_wait_for_a_long_delay_are_not_waited_for(demo_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    shop = demo_shop("--small")
    run = start_crawl(shop, "-a", "limits.delay_seconds=2")
    assert run.when(lambda: stored(tmp_path) == 1), run.log  # eleven are queued: 22 seconds

    assert seconds_to_end(run, signal.SIGINT) < AT_ONCE_SECONDS

    assert (status(tmp_path), stored(tmp_path)) == (("stopped", 130), shop.counts()["requests"] - 1)


def test_retries_that_wait_are_not_waited_for(demo_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    shop = demo_shop("--small", "--fault", "reset@2-12")
    waits = ("ECOM_PACE_BACKOFF_BASE_SECONDS=100000", "ECOM_PACE_BACKOFF_CAP_SECONDS=100000")
    run = start_crawl(shop, *(word for wait in waits for word in ("-s", wait)))
    assert run.when(lambda: waiting(tmp_path) == 11), run.log

    assert seconds_to_end(run, signal.SIGINT) < AT_ONCE_SECONDS

    assert (status(tmp_path), stored(tmp_path)) == (("stopped", 130), 1)
    assert "INTERRUPTED: 1 of 12 pages stored; 0 failed; 11 not done" in run.last_line


def test_a_robots_txt_that_is_to_be_asked_for_again_is_not_waited_for(
    demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--fault", "status=500@/robots.txt")
    waits = ("ECOM_PACE_BACKOFF_BASE_SECONDS=100000", "ECOM_PACE_BACKOFF_CAP_SECONDS=100000")
    run = start_crawl(shop, *(word for wait in waits for word in ("-s", wait)))
    assert run.when_asked(shop, 1), run.log

    assert seconds_to_end(run, signal.SIGINT) < AT_ONCE_SECONDS

    assert (status(tmp_path), stored(tmp_path)) == (("stopped", 130), 0)
    assert shop.counts()["targets"].keys() == {"/robots.txt"}


@BOTH
def test_a_second_signal_waits_for_nothing_and_loses_nothing_that_was_stored(
    sent: signal.Signals, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * 60), "--fault", "hang=60:first=1@45-60")
    run = start_crawl(shop, "-O", "titles.json")
    assert run.when(lambda: stored(tmp_path) == 60 - 16), run.log  # the last ones hang, as many as may be in flight
    run.process.send_signal(sent)
    assert run.when(lambda: "Closing spider (shutdown)" in run.log), "one signal did not wait for what is in flight"

    assert seconds_to_end(run, sent) < AT_ONCE_SECONDS

    assert stored(tmp_path) == 60 - 16
    assert not (tmp_path / "titles.json").exists()
    resumed = start_crawl(shop, "-a", "resume=last", "-O", "titles.json")
    assert resumed.end() == 0, resumed.log
    rows = json.loads((tmp_path / "titles.json").read_text(encoding="utf-8"))
    assert [row["page"] for row in rows] == list(range(1, 61))
    requests = {target: count["requests"] for target, count in shop.counts()["targets"].items()}
    assert {target for target, count in requests.items() if count == 2} == {
        "/robots.txt",
        *(f"/ecommerce/page/{page}/" for page in range(45, 61)),
    }


def ask(folder: Path, query: str) -> tuple[Any, ...] | None:
    """The first row of a query, or None while there is no database to ask yet."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/data/ecomscraper.sqlite3?mode=ro", uri=True)) as connection:
            row: tuple[Any, ...] | None = connection.execute(query).fetchone()
            return row
    except sqlite3.OperationalError:
        return None


def stored(folder: Path) -> int | None:
    row = ask(folder, "SELECT count(*) FROM pages JOIN titles USING (crawl_id, position) WHERE status = 'stored'")
    return row[0] if row else None


def waiting(folder: Path) -> int | None:
    row = ask(folder, "SELECT count(*) FROM pages WHERE status = 'pending' AND due_at IS NOT NULL")
    return row[0] if row else None


def status(folder: Path) -> tuple[Any, ...] | None:
    """Status and exit code of the crawl."""
    return ask(folder, "SELECT status, exit_code FROM crawls")

"""PostgreSQL that goes away under a crawl: it waits, and when nobody comes back, it stops and can be resumed."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ecomscraper.ledger.database import open_database

PAGES = 300
suite = pytest.mark.slow
campaign = pytest.mark.campaign


@pytest.fixture
def database(own_postgres: Any) -> str:
    url: str = own_postgres.new_database()
    return url


def stored(database: str) -> int:
    """Pages that another program finds stored."""
    engine = open_database(database)
    with engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM pages WHERE status = 'stored'"))
    engine.dispose()
    return int(count or 0)


def check_complete(run: Any, feed: Path) -> None:
    assert run.end(timeout=120) == 0, run.log
    assert [row["page"] for row in json.loads(feed.read_text())] == list(range(1, PAGES + 1))
    assert f"complete: {PAGES} of {PAGES} pages stored; 0 failed" in run.last_line
    assert "Traceback" not in run.log


@pytest.mark.parametrize("seconds", [pytest.param(2, marks=suite), pytest.param(20, marks=campaign)])
def test_a_crawl_goes_on_when_the_server_is_back(
    seconds: float, own_postgres: Any, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * PAGES), "--latency", "0.05")
    run = start_crawl(shop, "-O", "titles.json")
    assert run.when(lambda: stored(database) > 20), run.log
    own_postgres.stop()
    until = time.monotonic() + seconds
    assert run.when(lambda: time.monotonic() > until), run.log
    own_postgres.start()
    check_complete(run, tmp_path / "titles.json")
    assert run.log.count("trying again") >= 1
    requests = {path: count["requests"] for path, count in shop.counts()["targets"].items() if "ecommerce" in path}
    assert set(requests.values()) == {1}
    assert len(requests) == PAGES


@campaign
def test_a_crawl_goes_on_when_the_server_was_only_frozen(
    own_postgres: Any, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * PAGES), "--latency", "0.05")
    run = start_crawl(shop, "-O", "titles.json")
    assert run.when(lambda: stored(database) > 20), run.log
    own_postgres.signal(signal.SIGSTOP)
    until = time.monotonic() + 20
    assert run.when(lambda: time.monotonic() > until), run.log
    own_postgres.signal(signal.SIGCONT)
    check_complete(run, tmp_path / "titles.json")


@pytest.mark.parametrize(
    ("patience", "how"),
    [
        pytest.param(2, "stopped", marks=suite),
        pytest.param(40, "stopped", marks=campaign),
        pytest.param(40, "frozen", marks=campaign),
    ],
)
def test_a_server_that_is_gone_for_good_ends_the_crawl_which_can_be_resumed(
    patience: float, how: str, own_postgres: Any, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * PAGES), "--latency", "0.05")
    run = start_crawl(shop, "-O", "titles.json", "-s", f"ECOM_LEDGER_PATIENCE_SECONDS={patience}")
    assert run.when(lambda: stored(database) > 20), run.log
    if how == "stopped":
        own_postgres.stop()
    else:
        own_postgres.signal(signal.SIGSTOP)
    began = time.monotonic()
    assert run.end(timeout=patience + 20) == 6, run.log
    assert time.monotonic() - began < 60
    told = re.compile(
        rf"the database could not be (written|read) for {patience} s: .*; the crawl stops and can be resumed"
    )
    assert len(told.findall(run.log)) == 1, run.log
    assert "STORAGE FAILED" in run.last_line
    assert "Traceback" not in run.log

    if how == "stopped":
        own_postgres.start()
    else:
        own_postgres.signal(signal.SIGCONT)
    resumed = start_crawl(shop, "-a", "resume=last", "-O", "titles.json")
    check_complete(resumed, tmp_path / "titles.json")


@suite
def test_workers_of_a_server_that_is_gone_for_good_end_and_can_be_resumed(
    own_postgres: Any, database: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * PAGES), "--latency", "0.1")
    quick = ("-s", "ECOM_LEDGER_PATIENCE_SECONDS=2", "-s", "ECOM_WORKERS_LEASE_SECONDS=4", "-s", "DOWNLOAD_TIMEOUT=2")
    run = start_crawl(shop, "-O", "titles.json", *quick, command="workers")
    assert run.when(lambda: stored(database) > 20), run.log  # the second one may have no share of the limit yet
    own_postgres.stop()
    assert run.end() == 6, run.log
    assert "the verdict of crawl 1 cannot be read" in run.last_line
    assert "`scrapy workers ecommerce -a resume=1` goes on with it" in run.last_line
    assert "Traceback" not in run.log

    own_postgres.start()
    resumed = start_crawl(shop, "-a", "resume=last", "-O", "titles.json", *quick, command="workers")
    assert resumed.end() == 0, resumed.log
    assert [row["page"] for row in json.loads((tmp_path / "titles.json").read_text())] == list(range(1, PAGES + 1))

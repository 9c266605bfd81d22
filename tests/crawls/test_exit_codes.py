"""Each exit code of `scrapy crawl`, reached by the real command, with the line that it ends with."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ecomscraper

if TYPE_CHECKING:
    from conftest import Run, Shop

pytestmark = pytest.mark.slow

RunScrapy = Callable[..., "subprocess.CompletedProcess[str]"]

BROKEN_PIPELINE = """
class Broken:
    def process_item(self, item):
        if item.page == 5:
            raise RuntimeError("no such luck")
        return item
"""
PIPELINES = """{
    "ecomscraper.pipelines.clean.CleanPipeline": 100,
    "ecomscraper.pipelines.validate.ValidatePipeline": 200,
    "broken_pipeline.Broken": 300,
    "ecomscraper.pipelines.store.StorePipeline": 900
}"""


def last_line(log: str) -> str:
    """The last line without time, logger and level, and without what differs from run to run."""
    line = re.sub(r"^.*? (?:INFO|WARNING): ", "", log.splitlines()[-1])
    return re.sub(r"\d+\.\d s, \d+\.\d pages/s", "… s", line)


def test_0_complete(run_scrapy: RunScrapy) -> None:
    done = run_scrapy("crawl", "ecommerce", "-O", "titles.json")

    assert done.returncode == 0
    assert last_line(done.stderr) == (
        "ecommerce demo: complete: 12 of 12 pages stored; 0 failed; the shop says 188 products, 188 seen; "
        "… s; 12 rows in titles.json; crawl 1 in data/ecomscraper.sqlite3"
    )


def test_0_is_told_with_a_quiet_log_too(run_scrapy: RunScrapy) -> None:
    done = run_scrapy("crawl", "ecommerce", "--nolog")

    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert last_line(done.stderr).startswith("ecommerce demo: complete: 12 of 12 pages stored; 0 failed;")


def test_1_a_bug(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    (tmp_path / "broken_pipeline.py").write_text(BROKEN_PIPELINE, encoding="utf-8")
    sources = Path(ecomscraper.__file__).parents[1]

    done = run_scrapy(
        "crawl", "ecommerce", "-s", f"ITEM_PIPELINES={PIPELINES}", "-O", "titles.json",
        env={"PYTHONPATH": f"{sources}{os.pathsep}{tmp_path}"},
    )  # fmt: skip

    assert done.returncode == 1
    assert (
        "failed (bug): 1 page, for example http://demo.localhost/ecommerce/page/5/ (RuntimeError('no such luck'))"
        in (done.stderr)
    )
    assert last_line(done.stderr) == (
        "ecommerce demo: BROKEN by a bug of ours: 11 of 12 pages stored; 1 failed; "
        "the shop says 188 products, 172 seen; "
        "… s; 11 rows in titles.json; crawl 1 in data/ecomscraper.sqlite3"
    )


def test_2_usage(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    done = run_scrapy("crawl", "ecommerce", "-a", "pages=0", "-O", "titles.json")

    assert done.returncode == 2
    assert last_line(done.stderr).startswith('scrapy crawl: -a pages=0: "0", there is no page 0;')
    assert list(tmp_path.iterdir()) == []


def test_3_some_pages_failed(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    listing = "http://demo.localhost/ecommerce/"
    (tmp_path / "urls.txt").write_text(f"{listing}\n{listing}page/99/\n", encoding="utf-8")

    done = run_scrapy("crawl", "ecommerce", "-a", "urls=urls.txt", "-O", "titles.csv")

    assert done.returncode == 3
    assert last_line(done.stderr) == (
        "ecommerce demo: INCOMPLETE: 1 of 2 pages stored; 1 failed; the shop says 188 products; … s; "
        "1 row in titles.csv; crawl 1 in data/ecomscraper.sqlite3"
    )


def test_3_the_shop_says_it_has_more(run_scrapy: RunScrapy, demo_shop: Callable[..., Shop]) -> None:
    shop = demo_shop("--small")

    done = run_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-a", "pagination.last_page=11")

    assert done.returncode == 3
    assert "WARNING: the shop says it has 188 products, its pages showed 176\n" in done.stderr
    assert last_line(done.stderr).startswith(
        "ecommerce demo: INCOMPLETE: 11 of 11 pages stored; 0 failed; the shop says 188 products, 176 seen;"
    )


def test_4_blocked_by_a_shop_that_is_gone(demo_shop: Callable[..., Shop], start_crawl: Callable[..., Run]) -> None:
    shop = demo_shop("--small", "--latency", "0.1")
    patience = {"FAILURES": "2", "PAUSE_SECONDS": "0.1", "PAUSE_CAP_SECONDS": "0.1", "PATIENCE_SECONDS": "0.5"}
    run = start_crawl(
        shop, "-a", "limits.concurrency=1", "-O", "titles.json",
        env={f"ECOM_PACE_BREAKER_{name}": value for name, value in patience.items()},
    )  # fmt: skip
    assert run.when_asked(shop, 4)

    shop.process.kill()

    assert run.end() == 4
    assert "WARNING: the shop did not answer within ECOM_PACE_BREAKER_PATIENCE_SECONDS\n" in run.log
    said = re.fullmatch(
        r"ecommerce demo: BLOCKED: (\d+) of 12 pages stored; 0 failed; (\d+) not done; "
        r"the shop says 188 products, \d+ seen; … s; (\d+) rows in titles\.json; crawl 1 in data/ecomscraper\.sqlite3",
        last_line(run.log),
    )
    assert said is not None, run.log
    stored, left, rows = map(int, said.groups())
    assert (stored + left, rows) == (12, stored)


def test_4_blocked_by_a_shop_that_refuses(run_scrapy: RunScrapy, demo_shop: Callable[..., Shop]) -> None:
    shop = demo_shop("--fault", "status=403@/ecommerce/")

    done = run_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-a", "pages=1")

    assert done.returncode == 4
    assert last_line(done.stderr).startswith("ecommerce demo: BLOCKED: 0 of 1 page stored; 1 failed;")


def test_5_robots_allow_nothing(run_scrapy: RunScrapy) -> None:
    done = run_scrapy("crawl", "ecommerce", env={"ECOM_DEMO_ROBOTS": "User-agent: *\nDisallow: /\n"})

    assert done.returncode == 5
    assert last_line(done.stderr) == (
        "ecommerce demo: NOTHING ALLOWED: 0 of 1 page stored; 1 failed; … s; crawl 1 in data/ecomscraper.sqlite3"
    )


def test_0_although_robots_txt_broke_off_at_first(run_scrapy: RunScrapy, demo_shop: Callable[..., Shop]) -> None:
    shop = demo_shop("--small", "--fault", "close_headers:first=2@/robots.txt")

    done = run_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-s", "ECOM_PACE_BACKOFF_BASE_SECONDS=0.2")

    assert done.returncode == 0
    assert shop.counts()["targets"]["/robots.txt"]["requests"] == 3
    assert "could not be read" not in done.stderr


def test_6_storage_is_full(run_scrapy: RunScrapy) -> None:
    """No file may grow beyond 300 kB: the database cannot take the 2,000 pages."""
    no_more_than = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (300_000, 300_000))

    done = run_scrapy(
        "crawl", "ecommerce", "-s", "ECOM_DEMO_PRODUCTS=32000", "-s", "ECOM_DEMO_SMALL=1",
        "-s", "ECOM_LEDGER_PATIENCE_SECONDS=0.5", preexec_fn=no_more_than,
    )  # fmt: skip

    assert done.returncode == 6
    assert last_line(done.stderr).startswith("ecommerce demo: STORAGE FAILED: ")
    assert "Traceback" not in done.stderr


def test_6_a_database_that_is_none(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("my notes\n" * 100, encoding="utf-8")

    done = run_scrapy("crawl", "ecommerce", env={"ECOM_DATABASE_URL": "sqlite:///notes.txt"})

    assert done.returncode == 6
    assert last_line(done.stderr) == "scrapy crawl: notes.txt: cannot be opened as a database: file is not a database"


def test_130_interrupted(demo_shop: Callable[..., Shop], start_crawl: Callable[..., Run]) -> None:
    shop = demo_shop("--small", "--latency", "0.1")
    run = start_crawl(shop, "-a", "limits.concurrency=1", "-O", "titles.json")
    assert run.when_asked(shop, 4)

    run.process.send_signal(signal.SIGINT)

    assert run.end() == 130
    answered = shop.counts()["answers"]["200"] - 1  # robots.txt
    assert last_line(run.log) == (
        f"ecommerce demo: INTERRUPTED: {answered} of 12 pages stored; 0 failed; {12 - answered} not done; "
        f"the shop says 188 products, {16 * answered} seen; … s; {answered} rows in titles.json; "
        "crawl 1 in data/ecomscraper.sqlite3"
    )
    assert "WARNING: what is not done is not lost: -a resume=1 goes on with it\n" in run.log

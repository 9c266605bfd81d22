"""Resuming a crawl of a million pages: how soon it asks for the first one, and in how much memory.

    python tests/benchmarks/big_ledger.py [--pages 1000000] [--database postgresql://…, empty]

Half of the pages are stored, each with its title; one in a thousand failed for a reason that may pass; the others are
pending. Ends with 1 where the first page is asked for after 5 s or later, or 250 MB are passed.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from shop_process import environment, shop_process
from sqlalchemy import text

from ecomscraper.ledger.crawls import NewCrawl, begin_crawl, end_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.pagination.page_ref import PageRef

AIM_SECONDS = 5.0
AIM_MEGABYTES = 250.0
PAGES_AFTERWARDS = 1000  # that it goes on for before its memory is looked at

STORE_HALF = """
    UPDATE pages SET status = 'stored', attempts = 1, http_status = 200, final_url = url, size_bytes = 9000, cards = 16,
        items = 1, invalid = 0, declared_total = :products, last_page = :pages, fetched_at = '2026-01-01T00:00:00.000Z'
    WHERE position <= :pages / 2"""
FAIL_SOME = """
    UPDATE pages SET status = 'failed', reason = 'timeout', attempts = 5, items = 0
    WHERE position > :pages / 2 AND position % 1000 = 0"""
TITLES = """
    INSERT INTO titles SELECT crawl_id, position, page, 'Demo Shop for Scrapers – Page ' || page || ' – demo.localhost',
        'Demo Shop for Scrapers', 'demo.localhost', url, url, fetched_at FROM pages WHERE status = 'stored'"""


def build(database: str, start: str, pages: int) -> None:
    """A ledger of a crawl that a signal stopped."""
    engine = open_database(database)
    refs = (PageRef(page, page, f"{start}page/{page}/" if page > 1 else start) for page in range(1, pages + 1))
    host = start.split("/")[2]
    crawl = NewCrawl("demo", "ecommerce", {"start": start}, {}, [], [host])
    with write(engine) as connection:
        crawl_id = begin_crawl(connection, crawl, refs)
        for statement in (STORE_HALF, FAIL_SOME, TITLES):
            values = {"pages": pages, "products": 16 * pages}
            connection.execute(text(statement), {name: values[name] for name in values if f":{name}" in statement})
        end_crawl(connection, crawl_id, status="stopped", exit_code=130, verdict={})
    engine.dispose()


def counts(start: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"http://{start.split('/')[2]}/_demo/counts", timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


def peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]  # every process has one


def wait_for(start: str, requests: int, process: subprocess.Popen[bytes]) -> list[dict[str, Any]]:
    """The arrivals at the shop when there are so many."""
    while process.poll() is None:
        found = counts(start)
        if found["requests"] >= requests:
            return list(found["arrivals"])
        time.sleep(0.02)
    raise RuntimeError(f"the crawl ended with {process.returncode}")


def measure(pages: int, database: str) -> int:
    with shop_process(pages) as start, tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        file = data / "ecomscraper.sqlite3"
        build(database or f"sqlite:///{file}", start, pages)
        print(f"a ledger of {pages} pages" + ("" if database else f": {file.stat().st_size / 1e6:.0f} MB"))
        command = [
            *(sys.executable, "-m", "scrapy", "crawl", "ecommerce", "-a", f"start={start}", "-a", "resume=last"),
            *("-s", f"ECOM_DATA_DIR={data}", "-s", "LOG_LEVEL=WARNING", "-O", str(data / "titles.json")),
        ]
        began = time.monotonic()
        with subprocess.Popen(command, env=environment() | {"ECOM_DATABASE_URL": database}) as process:
            first = wait_for(start, 2, process)[1]  # the one before is robots.txt
            seconds = first["monotonic_seconds"] - began  # one clock for all processes of a machine
            megabytes_at_first = peak_megabytes(process.pid)
            wait_for(start, PAGES_AFTERWARDS, process)
            megabytes = peak_megabytes(process.pid)
            process.send_signal(signal.SIGINT)
    print(
        f"first page ({first['target']}) asked for after {seconds:.2f} s, aim {AIM_SECONDS:g}; memory at its peak "
        f"{megabytes_at_first:.0f} MB by then, {megabytes:.0f} MB after {PAGES_AFTERWARDS} pages, aim {AIM_MEGABYTES:g}"
    )
    return 0 if seconds < AIM_SECONDS and megabytes < AIM_MEGABYTES else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1_000_000)
    parser.add_argument("--database", default="", metavar="URL", help="default: a SQLite file that goes afterwards")
    options = parser.parse_args()
    sys.exit(measure(options.pages, options.database))

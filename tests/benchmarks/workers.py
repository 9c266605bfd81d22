"""What several workers of one crawl bring.

    python tests/benchmarks/workers.py waiting [--pages 2000] [--each 8] [--url postgresql://…]
    python tests/benchmarks/workers.py cores [--pages 3000] [--url postgresql://…]
    python tests/benchmarks/workers.py leases postgresql://… [--workers 4] [--lease 64]

waiting: a shop that answers after 200 ms, and `--each` requests at once for each worker: four workers to one (aim 3.6).
cores: a shop with pages of 117 kB that answers at once, all limits out of the way: two workers to one (aim 1.8).
leases: what the database bears, with nothing fetched: each worker leases pages, and commits them as stored.
Pages a second are those between the first page stored and the last, by the database.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from shop_process import environment, page_server
from sqlalchemy import select, text

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.ledger import Ledger
from ecomscraper.ledger.tables import crawls, pages
from ecomscraper.ledger.writer import WriterLimits
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.workers.rows import Report, Terms, beat, join
from ecomscraper.workers.worker import Worker

TERMS = Terms(lease_seconds=600, limit=1024)
AIMS = {"waiting": (4, 3.6), "cores": (2, 1.8)}
LATENCY_SECONDS = 0.2


def rate(start: str, number: int, concurrency: int, page_count: int, url: str) -> float:
    """Pages a second of one crawl by so many workers."""
    with tempfile.TemporaryDirectory() as folder:
        database = url or f"sqlite:///{folder}/crawl.sqlite3"
        options = {"ECOM_THROTTLE": "fixed", "CONCURRENT_REQUESTS": str(concurrency), "LOG_LEVEL": "WARNING"}
        settings = [part for name, value in options.items() for part in ("-s", f"{name}={value}")]
        arguments = ("-a", f"start={start}", "-a", f"limits.concurrency={concurrency}", "-a", f"pages=1-{page_count}")
        command = [sys.executable, "-m", "scrapy", "workers", "ecommerce", "-n", str(number), *arguments, *settings]
        done = subprocess.run(
            command,
            env={**environment(), "ECOM_DATA_DIR": folder, "ECOM_DATABASE_URL": database},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.exit(f"the crawl ended with {done.returncode}:\n{done.stderr}")
        engine = open_database(database)
        with engine.connect() as connection:
            newest = connection.scalar(select(crawls.c.id).order_by(crawls.c.id.desc()).limit(1))
            moments = connection.scalars(select(pages.c.fetched_at).where(pages.c.crawl_id == newest)).all()
        engine.dispose()
        assert len(moments) == page_count
        at = sorted(moment for moment in moments if moment is not None)[1:]  # the first one reveals the others
        return (len(at) - 1) / (at[-1] - at[0]).total_seconds()


def compare(what: str, page_count: int, each: int, url: str, pairs: int) -> int:
    number, aim = AIMS[what]
    latency = ("--small", "--latency", str(LATENCY_SECONDS)) if what == "waiting" else ()
    ratios = []
    with page_server(page_count, *latency) as start:
        for pair in range(1, pairs + 1):
            one = rate(start, 1, each, page_count // number, url)
            several = rate(start, number, each * number, page_count, url)
            ratios.append(several / one)
            print(f"pair {pair}: one worker {one:.1f} pages/s, {number} workers {several:.1f}: {ratios[-1]:.2f} times")
    ratio = sorted(ratios)[len(ratios) // 2]
    print(f"{what}: {number} workers do {ratio:.2f} times what one does, aim {aim}")
    return 0 if ratio >= aim else 1


def lease_rates(url: str, number: int, lease: int, seconds: float) -> None:
    """Leases and commits a second of so many processes that do nothing else."""
    engine = open_database(url)
    refs = (PageRef(page, page, f"http://shop.example/page/{page}/") for page in range(1, 300_001))
    with write(engine) as connection:
        crawl = NewCrawl("benchmark", "ecommerce", {}, {}, [], ["shop.example"], shared=True)
        crawl_id = begin_crawl(connection, crawl, refs)
    with multiprocessing.get_context("spawn").Pool(number) as pool:
        done = pool.starmap(_lease_and_commit, [(url, crawl_id, lease, seconds)] * number)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM crawls WHERE id = :id"), {"id": crawl_id})
    engine.dispose()
    times = sum(done)
    print(
        f"{number} workers, {lease} pages a lease, {os.cpu_count()} cores: {times / seconds:.0f} leases and as many "
        f"commits a second, {times * lease / seconds:.0f} pages a second"
    )


def _lease_and_commit(url: str, crawl_id: int, lease: int, seconds: float) -> int:
    engine = open_database(url)
    with write(engine) as connection:
        worker = Worker(crawl_id, join(connection, crawl_id, TERMS.lease_seconds), TERMS, time.monotonic())
        worker.heard(beat(connection, crawl_id, worker.number, Report(0, True), TERMS, lambda *_: None), 0.0)
    ledger = Ledger(engine, crawl_id, WriterLimits(500, 0.5, 2000, 40), worker=worker)
    times, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with write(engine) as connection:
            found = worker.take(connection, lease, ())
        bundles = [_bundle(page.position, page.url) for page in found]
        with write(engine) as connection:
            ledger._apply(connection, bundles)
        times += 1
    engine.dispose()
    return times


def _bundle(position: int, url: str) -> Bundle:
    now = datetime.now(UTC)
    title = Title(position, "A page of the shop", "A page", "the shop", url, url, now)
    return Bundle(position, [title], url, url, 200, now, 9_000)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(dest="what", required=True)
    for what, page_count, each in (("waiting", 2000, 8), ("cores", 3000, 64)):
        kind = kinds.add_parser(what)
        kind.add_argument("--pages", type=int, default=page_count)
        kind.add_argument("--each", type=int, default=each, help="requests at once for each worker")
        kind.add_argument("--pairs", type=int, default=1)
        kind.add_argument("--url", default="", help="of a PostgreSQL; else a SQLite file")
    leases = kinds.add_parser("leases")
    leases.add_argument("url", metavar="URL")
    leases.add_argument("--workers", type=int, default=4)
    leases.add_argument("--lease", type=int, default=64, help="pages")
    leases.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args(arguments)
    if options.what == "leases":
        lease_rates(options.url, options.workers, options.lease, options.seconds)
        return 0
    return compare(options.what, options.pages, options.each, options.url, options.pairs)


if __name__ == "__main__":
    sys.exit(main())

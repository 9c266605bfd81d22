"""What it costs to be watched: pages a second with a terminal and metrics, and of the same crawl without.

    python tests/benchmarks/progress_cost.py [--pages 5000] [--pairs 5]

The watched crawl draws its block on a pseudo-terminal and is asked for its metrics once a second. Each crawl has a
process of its own, and the shop one for all. Pairs are interleaved, so that a busy moment hits both; medians are
compared. Ends with 1 where the watched crawl's speed is less than 0.97 of the other's.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import os
import pty
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
from shop_process import environment, shop_process

from ecomscraper.ledger.opening import open_crawl
from ecomscraper.logs.handler import install_handler
from ecomscraper.spiders.ecommerce import EcommerceSpider

AIM = 0.97
WATCHED, ALONE = "watched", "alone"


def crawl_once(way: str, start: str, data: str, port: str) -> None:
    """One crawl in this process; prints its seconds, its processor seconds and how many pages it stored."""
    settings = get_project_settings()
    watch = {"ECOM_METRICS_PORT": port} if way == WATCHED else {"ECOM_PROGRESS": "off", "LOGSTATS_INTERVAL": 0}
    settings.update({"ECOM_DATA_DIR": data, **watch}, priority="cmdline")
    install_handler(settings)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(EcommerceSpider)
    process.crawl(crawler, opened=open_crawl(EcommerceSpider, {"start": start}, crawler.settings))
    began, used = time.monotonic(), _processor_seconds()
    process.start()
    print(json.dumps({
        "seconds": time.monotonic() - began,
        "processor_seconds": _processor_seconds() - used,
        "pages": crawler.stats.get_value("item_scraped_count"),
    }))  # fmt: skip


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def watchers(port: int) -> Iterator[tuple[int, list[int]]]:
    """(the end of a terminal for the crawl, how often its metrics came and how many bytes it drew, in the end)."""
    ours, theirs = pty.openpty()
    ended, seen = threading.Event(), [0, 0]

    def ask() -> None:
        while not ended.wait(1):
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).close()
                seen[0] += 1

    def look() -> None:
        with suppress(OSError):
            while drawn := os.read(ours, 65536):
                seen[1] += len(drawn)

    threads = [threading.Thread(target=target) for target in (ask, look)]
    for thread in threads:
        thread.start()
    try:
        yield theirs, seen
    finally:
        os.close(theirs)
        ended.set()
        for thread in threads:
            thread.join()
        os.close(ours)


def measured(way: str, start: str, pages: int) -> dict[str, float]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data, watchers(port) as (terminal, seen):
        command = [sys.executable, __file__, "--crawl", way, start, data, str(port)]
        env = environment() | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
        stderr = terminal if way == WATCHED else subprocess.DEVNULL
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=stderr, text=True, env=env)
    figures: dict[str, float] = json.loads(done.stdout)
    assert figures["pages"] == pages, f"{way}: {figures['pages']} pages came"
    assert way == ALONE or (seen[0] > 1 and seen[1] > 1000), f"it was not watched: {seen}"
    return figures


def compare(pages: int, pairs: int) -> int:
    ways = (ALONE, WATCHED)
    rates: dict[str, list[float]] = {way: [] for way in ways}
    costs: dict[str, list[float]] = {way: [] for way in ways}
    with shop_process(pages) as start:
        for pair in range(pairs):
            for way in sorted(ways, reverse=pair % 2 == 1):
                figures = measured(way, start, pages)
                rates[way].append(pages / figures["seconds"])
                costs[way].append(1000 * figures["processor_seconds"] / pages)
                print(f"pair {pair + 1} {way:>8}: {rates[way][-1]:6.1f} pages/s, {costs[way][-1]:.2f} ms", flush=True)
    rate = {way: statistics.median(values) for way, values in rates.items()}
    cost = {way: statistics.median(values) for way, values in costs.items()}
    ratio = rate[WATCHED] / rate[ALONE]
    print(
        f"{pages} pages, medians of {pairs} pairs: {rate[WATCHED]:.1f} pages/s watched, {rate[ALONE]:.1f} alone: "
        f"ratio {ratio:.3f}, aim {AIM}; of processor time a page {cost[WATCHED]:.2f} and {cost[ALONE]:.2f} ms: "
        f"ratio {cost[ALONE] / cost[WATCHED]:.3f}"
    )
    return 0 if ratio >= AIM else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--crawl", nargs=4, metavar=("WAY", "START", "DATA", "PORT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crawl:
        crawl_once(*options.crawl)
    else:
        sys.exit(compare(options.pages, options.pairs))

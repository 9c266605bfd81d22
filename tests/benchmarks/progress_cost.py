"""What it costs to be watched: pages a second with a terminal and metrics, and of the same crawl without.

    python tests/benchmarks/progress_cost.py [--pages 5000] [--pairs 5]

The watched crawl draws its block on a pseudo-terminal and is asked for its metrics once a second. Medians of
interleaved pairs are compared. Ends with 1 where the watched crawl's speed is less than 0.97 of the other's.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import os
import pty
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

from paired_crawls import Figures, crawl_timed, figures_of, paired
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
from shop_process import shop_process

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
    opened = open_crawl(EcommerceSpider, {"start": start}, crawler.settings)
    print(json.dumps(crawl_timed(process, crawler, opened)))


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


def measured(way: str, start: str, pages: int) -> Figures:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as data, watchers(port) as (terminal, seen):
        command = [sys.executable, __file__, "--crawl", way, start, data, str(port)]
        stderr = terminal if way == WATCHED else subprocess.DEVNULL
        figures = figures_of(command, pages, stderr=stderr, TERM="xterm-256color", COLUMNS="100", LINES="30")
    assert way == ALONE or (seen[0] > 1 and seen[1] > 1000), f"it was not watched: {seen}"
    return figures


def compare(pages: int, pairs: int) -> int:
    with shop_process(pages) as start:
        medians = paired((ALONE, WATCHED), pages, pairs, partial(measured, start=start, pages=pages))
    alone, watched = medians[ALONE], medians[WATCHED]
    ratio = watched.rate / alone.rate
    print(
        f"{pages} pages, medians of {pairs} pairs: {watched.rate:.1f} pages/s watched, {alone.rate:.1f} alone: "
        f"ratio {ratio:.3f}, aim {AIM}; of processor time a page {watched.cost:.2f} and {alone.cost:.2f} ms: "
        f"ratio {alone.cost / watched.cost:.3f}"
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

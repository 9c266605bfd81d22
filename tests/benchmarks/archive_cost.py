"""What it costs to keep answers: processor time and bytes a page, beside the same crawl that keeps none.

    python tests/benchmarks/archive_cost.py [--pages 1000] [--pairs 5]

Pages are of 90 kB. Each crawl has a process of its own, and the shop one for all. Pairs are interleaved, so that a
busy moment hits both; medians are compared. The last kept crawl of each pair is read again, and timed, too.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
from shop_process import environment, shop_process

from ecomscraper.archive.opening import open_reparse, source_of
from ecomscraper.ledger.opening import open_crawl
from ecomscraper.logs.handler import install_handler
from ecomscraper.spiders.ecommerce import EcommerceSpider

PLAIN, KEPT, AGAIN = "plain", "kept", "again"


def crawl_once(way: str, start: str, data: str) -> None:
    """One crawl in this process; prints its seconds, its processor seconds and how many pages it stored."""
    settings = get_project_settings()
    own = {"ECOM_DATA_DIR": data, "ECOM_ARCHIVE": way == KEPT, "ECOM_PROGRESS": "off", "LOGSTATS_INTERVAL": 0}
    settings.update(own, priority="cmdline")
    install_handler(settings)
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(EcommerceSpider)
    if way == AGAIN:
        opened = open_reparse(EcommerceSpider, source_of(crawler.settings, 1), {}, crawler.settings)
    else:
        opened = open_crawl(EcommerceSpider, {"start": start}, crawler.settings)
    process.crawl(crawler, opened=opened)
    began, used = time.monotonic(), _processor_seconds()
    process.start()
    print(json.dumps({
        "seconds": time.monotonic() - began,
        "processor_seconds": _processor_seconds() - used,
        "pages": crawler.stats.get_value("item_scraped_count"),
        "bytes": sum(file.stat().st_size for file in Path(data).glob("ecomscraper.sqlite3*")),
    }))  # fmt: skip


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measured(way: str, start: str, pages: int, data: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--crawl", way, start, data]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment()
    )
    figures: dict[str, float] = json.loads(done.stdout)
    assert figures["pages"] == pages, f"{way}: {figures['pages']} pages came"
    return figures


def compare(pages: int, pairs: int) -> None:
    ways = (PLAIN, KEPT, AGAIN)
    costs: dict[str, list[float]] = {way: [] for way in ways}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    taken: dict[str, list[float]] = {way: [] for way in ways}
    with shop_process(pages, small=False) as start:
        for pair in range(pairs):
            with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as kept:
                order = (PLAIN, KEPT, AGAIN) if pair % 2 else (KEPT, AGAIN, PLAIN)
                for way in order:
                    figures = measured(way, start, pages, plain if way == PLAIN else kept)
                    costs[way].append(1000 * figures["processor_seconds"] / pages)
                    rates[way].append(pages / figures["seconds"])
                    taken[way].append(figures["bytes"] / pages)
                    print(f"pair {pair + 1} {way}: {rates[way][-1]:.1f} pages/s, {costs[way][-1]:.2f} ms", flush=True)
    cost, rate, size = ({way: statistics.median(each[way]) for way in ways} for each in (costs, rates, taken))
    print(
        f"{pages} pages, medians of {pairs} pairs: processor time a page {cost[KEPT]:.2f} ms with the archive, "
        f"{cost[PLAIN]:.2f} without: {cost[KEPT] / cost[PLAIN]:.3f} times; {rate[KEPT]:.1f} and {rate[PLAIN]:.1f} "
        f"pages/s; database {size[KEPT] / 1000:.1f} and {size[PLAIN] / 1000:.1f} kB a page; read again with "
        f"{rate[AGAIN]:.1f} pages/s, {cost[AGAIN]:.2f} ms each"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--crawl", nargs=3, metavar=("WAY", "START", "DATA"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crawl:
        crawl_once(*options.crawl)
    else:
        compare(options.pages, options.pairs)

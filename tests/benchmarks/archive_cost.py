"""What it costs to keep answers: processor time and bytes a page, beside the same crawl that keeps none.

    python tests/benchmarks/archive_cost.py [--pages 1000] [--pairs 5]

Pages are of 90 kB. Medians of interleaved pairs are compared. The last crawl that was kept is read again, and timed,
too.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from paired_crawls import Figures, crawl_timed, figures_of, paired
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
from shop_process import shop_process

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
    figures = crawl_timed(process, crawler, opened)
    size = sum(file.stat().st_size for file in Path(data).glob("ecomscraper.sqlite3*"))
    print(json.dumps(figures | {"bytes": size}))


def compare(pages: int, pairs: int) -> None:
    sizes: dict[str, list[float]] = {PLAIN: [], KEPT: [], AGAIN: []}
    with tempfile.TemporaryDirectory() as folder, shop_process(pages, small=False) as start:
        kept = ""

        def measured(way: str) -> Figures:
            nonlocal kept
            data = kept if way == AGAIN else tempfile.mkdtemp(dir=folder)
            kept = data if way == KEPT else kept
            command = [sys.executable, __file__, "--crawl", way, start, data]
            figures = figures_of(command, pages, stderr=subprocess.DEVNULL)
            sizes[way].append(figures["bytes"] / pages)
            return figures

        medians = paired((PLAIN, KEPT, AGAIN), pages, pairs, measured)
    with_archive, without, again = medians[KEPT], medians[PLAIN], medians[AGAIN]
    size, plain_size = statistics.median(sizes[KEPT]), statistics.median(sizes[PLAIN])
    print(
        f"{pages} pages, medians of {pairs} pairs: processor time a page {with_archive.cost:.2f} ms with the archive, "
        f"{without.cost:.2f} without: {with_archive.cost / without.cost:.3f} times; {with_archive.rate:.1f} and "
        f"{without.rate:.1f} pages/s; database {size / 1000:.1f} and {plain_size / 1000:.1f} kB a page; read again "
        f"with {again.rate:.1f} pages/s, {again.cost:.2f} ms each"
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

"""What the ledger costs: pages a second with it, and of the same crawl with a storage that throws everything away.

    python tests/benchmarks/storage_cost.py [--pages 5000] [--pairs 5]

Medians of interleaved pairs are compared. Ends with 1 where the ledger's speed is less than 0.9 of the other's.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from paired_crawls import Figures, crawl_timed, figures_of, paired
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings
from shop_process import shop_process

from ecomscraper.items import Bundle
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.feeder import Feeder
from ecomscraper.ledger.ledger import Ledger, PendingPage, Settlement
from ecomscraper.ledger.opening import open_crawl
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.spiders.ecommerce import EcommerceSpider

AIM = 0.9


class Discarding(Ledger):
    """Gives out pages from memory, and keeps nothing of what they give."""

    def __init__(self, ledger: Ledger, seeds: Collection[PendingPage]) -> None:
        self.__dict__.update(vars(ledger))
        self._waiting = deque(seeds)

    async def settle(self, settlement: Settlement) -> None:
        self.settle_now(settlement)

    def settle_now(self, settlement: Settlement) -> None:
        if isinstance(settlement, Bundle):
            self._waiting.extend(map(pending_page, settlement.new_pages()))

    async def pending(self, limit: int, *, apart_from: Collection[int] = ()) -> list[PendingPage]:
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    async def next_due(self, *, after: datetime) -> datetime | None:
        return None


def pending_page(ref: PageRef) -> PendingPage:
    return PendingPage(ref.position, ref.page, ref.url, 0, ref.kind)


def discard(crawl: Crawl) -> None:
    crawl.ledger = Discarding(crawl.ledger, list(map(pending_page, crawl.plan.seeds())))
    crawl.feeder = Feeder(crawl.ledger)


def keep(crawl: Crawl) -> None:
    """With the ledger as it is."""


STORAGES: dict[str, Callable[[Crawl], None]] = {"ledger": keep, "discarding": discard}


def crawl_once(storage: str, start: str, data: str) -> None:
    """One crawl in this process; prints its seconds, its processor seconds and how many pages it stored."""
    settings = get_project_settings()
    settings.update({"ECOM_DATA_DIR": data, "LOG_LEVEL": "ERROR"}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(EcommerceSpider)
    crawl = open_crawl(EcommerceSpider, {"start": start}, crawler.settings)
    STORAGES[storage](crawl)
    print(json.dumps(crawl_timed(process, crawler, crawl)))


def measured(storage: str, start: str, pages: int, database: str = "") -> Figures:
    """The figures of one crawl in a process of its own; `database` is a URL, "" a SQLite file that goes afterwards."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, __file__, "--crawl", storage, start, data]
        return figures_of(command, pages, stderr=subprocess.DEVNULL, ECOM_DATABASE_URL=database)


def compare(pages: int, pairs: int) -> int:
    with shop_process(pages) as start:
        medians = paired(tuple(STORAGES), pages, pairs, partial(measured, start=start, pages=pages))
    ledger, discarding = medians["ledger"], medians["discarding"]
    ratio = ledger.rate / discarding.rate
    print(
        f"{pages} pages, medians of {pairs} pairs: {ledger.rate:.1f} pages/s with the ledger, "
        f"{discarding.rate:.1f} without: ratio {ratio:.3f}, aim {AIM}; of processor time a page "
        f"{ledger.cost:.2f} and {discarding.cost:.2f} ms: ratio {discarding.cost / ledger.cost:.3f}"
    )
    return 0 if ratio >= AIM else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--crawl", nargs=3, metavar=("STORAGE", "START", "DATA"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.crawl:
        crawl_once(*options.crawl)
    else:
        sys.exit(compare(options.pages, options.pairs))

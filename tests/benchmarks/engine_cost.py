"""What a page costs without being read: processor time of the engine, ours beside Scrapy's own parts.

    python tests/benchmarks/engine_cost.py [--pages 1000] [--rounds 5]

The first page is read; all others are taken for it. What is left is to ask for them, receive, unpack and store them,
with robots.txt, limits, retries, ledger and feed. Start-up is told apart, as what a crawl of one page takes.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
from dataclasses import replace
from typing import Any

from shop_process import environment, page_server
from speed import CLIENT_CORE, ON_ITS_CORE
from speed_approaches import APPROACHES
from speed_cards import What

from ecomscraper.pages.listing import ListingPage
from ecomscraper.spiders import reading

ENGINES = ("fast", "scrapy")


def take_for_read() -> None:
    """Have the first page that is opened stand for all."""
    opened: list[Any] = []
    listings: list[ListingPage] = []
    numbers = itertools.count()
    open_answer, read_listing = reading.open_answer, reading.read_listing

    def first_answer(*arguments: Any) -> Any:
        if not opened:
            opened.append(open_answer(*arguments))
        return opened[0]

    def first_listing(*arguments: Any) -> ListingPage:
        if not listings:
            listings.append(read_listing(*arguments))
        return replace(listings[0], fingerprint=str(next(numbers)))  # or it would be the first one again

    names = vars(reading)
    names |= {"open_answer": first_answer, "read_listing": first_listing, "block_problem": lambda *_: None}


def measured(engine: str, start: str, pages: int) -> float:
    """Milliseconds of processor time for the whole crawl."""
    command = ["taskset", "-c", str(CLIENT_CORE), sys.executable, __file__, "--measure", start, str(pages)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment() | {"ECOM_ENGINE": engine}
    )
    return float(done.stdout.split()[-1])


def compare(pages: int, rounds: int) -> None:
    with page_server(1, *ON_ITS_CORE) as one, page_server(pages, *ON_ITS_CORE) as all_of_them:
        for engine in ENGINES:
            starts = [measured(engine, one, 1) for _ in range(rounds)]
            crawls = [measured(engine, all_of_them, pages) for _ in range(rounds)]
            start = statistics.median(starts)
            each = (statistics.median(crawls) - start) / (pages - 1)
            print(f"{engine:7} {each:.2f} ms a page, and {start:.0f} ms to start", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is None:
        compare(options.pages, options.rounds)
    else:
        take_for_read()
        read, took = APPROACHES["ecomscraper"](options.measure[0], int(options.measure[1]), What.TITLES, 16)
        assert len(read) == int(options.measure[1])
        print(1000 * took.processor_seconds)

"""One crawl beside another, each in a process of its own, one after the other and again."""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import json
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, NamedTuple

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from shop_process import environment

from ecomscraper.ledger.crawl import Crawl

Figures = dict[str, float]


class Medians(NamedTuple):
    """Of the crawls of one way."""

    rate: float  # pages a second
    cost: float  # milliseconds of processor time a page


def crawl_timed(process: AsyncCrawlerProcess, crawler: Crawler, opened: Crawl) -> Figures:
    """One crawl in this process: its seconds, its processor seconds and how many pages it stored."""
    process.crawl(crawler, opened=opened)
    began, used = time.monotonic(), _processor_seconds()
    process.start()
    return {
        "seconds": time.monotonic() - began,
        "processor_seconds": _processor_seconds() - used,
        "pages": crawler.stats.get_value("item_scraped_count"),
    }


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def figures_of(command: Sequence[str], pages: int, *, stderr: IO[str] | int | None = None, **variables: str) -> Figures:
    """What a process that crawls so many pages prints, with more environment `variables`."""
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment() | variables
    )
    figures: Figures = json.loads(done.stdout)
    assert figures["pages"] == pages, f"{figures['pages']} pages came: {command}"
    return figures


def paired(ways: Sequence[str], pages: int, pairs: int, measured: Callable[[str], Figures]) -> Mapping[str, Medians]:
    """The medians of each way. Pairs are interleaved, so that a busy moment hits all ways."""
    found: dict[str, list[Medians]] = {way: [] for way in ways}
    for pair in range(pairs):
        for way in ways if pair % 2 == 0 else reversed(ways):
            figures = measured(way)
            each = Medians(pages / figures["seconds"], 1000 * figures["processor_seconds"] / pages)
            found[way].append(each)
            print(f"pair {pair + 1} {way:>10}: {each.rate:6.1f} pages/s, {each.cost:.2f} ms", flush=True)
    return {way: Medians(*map(statistics.median, zip(*each, strict=True))) for way, each in found.items()}

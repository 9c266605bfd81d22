"""What every approach is given, and how it is run alone: `python -m ecomscraper.comparison.NAME urls.txt`."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_SECONDS = 10
TRIES = 3  # of those that try again

Found = tuple[str, str | None]
"""A page: its URL, and its title or None where it failed."""


@dataclass(frozen=True)
class Task:
    """The titles of these pages are wanted, with so many workers."""

    urls: list[str]
    file: Path  # the same, one a line
    workers: int
    parser: str
    title_of: Callable[[str], str]


def beautifulsoup(html: str) -> str:
    """The title, as tutorials read it."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    return " ".join(soup.title.get_text().split()) if soup.title else ""


def selectolax(html: str) -> str:
    """The title, by the fastest parser."""
    from selectolax.lexbor import LexborHTMLParser

    title = LexborHTMLParser(html).css_first("title")
    return " ".join(title.text().split()) if title else ""


def parsel(html: str) -> str:
    """The title, as Scrapy's tutorial reads it."""
    from parsel import Selector

    return " ".join(Selector(html).css("title::text").get("").split())


def own(html: str) -> str:
    """For an approach that brings its own way to read a page."""
    raise NotImplementedError


PARSERS: dict[str, Callable[[str], str]] = {
    "beautifulsoup": beautifulsoup,
    "selectolax": selectolax,
    "parsel": parsel,
    "own": own,
}


def present(crawl: Callable[[Task], Iterable[Found]]) -> None:
    """Read the command line, run `crawl`, and write what it found as the last line, in JSON.

    `seconds` and `cpu_seconds` are without the start of Python and the import of libraries.
    """
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", type=Path, help="URLs, one a line")
    options.add_argument("--workers", type=int, default=10)
    options.add_argument("--parser", choices=PARSERS, default="beautifulsoup")
    given = options.parse_args()
    title_of = PARSERS[given.parser]
    if given.parser != "own":
        title_of("<title>import the parser</title>")
    urls = given.file.read_text(encoding="utf-8").split()
    used, began = _cpu_seconds(), time.perf_counter()
    found = list(crawl(Task(urls, given.file.resolve(), given.workers, given.parser, title_of)))
    seconds = time.perf_counter() - began
    figures = {"seconds": seconds, "cpu_seconds_before": used, "peak_bytes": _peak_bytes(), "found": found}
    sys.stdout.write(f"\n{json.dumps(figures)}\n")


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _peak_bytes() -> int:
    """The most memory that this process held, or one of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status = Path("/proc/self/status")
    if status.exists():  # Linux counts in `own` what the process was before it became this program
        own = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return max(own, children) * (1 if sys.platform == "darwin" else 1024)

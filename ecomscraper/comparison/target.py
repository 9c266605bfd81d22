"""What is fetched: the demo shop, or the user's own pages, fetched once and served again from this machine."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.title import page_title
from ecomscraper.pagination.url_list import read_urls

DISTINCT_PAGES = 40  # that the demo shop keeps ready, with those below
FAULTY_PAGES = 20
FAULTS = ("status=503:first=1", "reset:first=1", "truncated:first=1")  # what a second try mends
SLOW = "slow=0.1"  # so that an order that is not kept shows
_PER_PAGE = 16
_SAID = re.compile(r"http://\S+")


@dataclass(frozen=True)
class Target:
    """Pages on this machine."""

    urls: list[str]
    title_of: dict[str, str]  # by URL, as a browser shows it
    latency_seconds: float
    words: str  # what it is
    faulty_urls: list[str] = field(default_factory=list)  # to be fetched by the way, to see what becomes of failures
    broken: frozenset[str] = frozenset()  # those among them whose first try fails
    reset_url: str | None = None  # POST: each first try is one again


def project_folder(folder: Path) -> None:
    """Make `folder` one in which `scrapy` knows this project."""
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = ecomscraper.settings\n", encoding="utf-8")


@contextmanager
def demo_shop(folder: Path, pages: int, latency_seconds: float) -> Iterator[Target]:
    """A demo shop in a process of its own."""
    numbers = range(DISTINCT_PAGES + 1, DISTINCT_PAGES + FAULTY_PAGES + 1)
    fault_of = {number: FAULTS[place % len(FAULTS)] for place, number in enumerate(numbers[1::2])}
    faults = [f"{fault}@{number}" for number, fault in fault_of.items()] + [
        f"{SLOW}@{number}" for number in numbers[::8]
    ]
    command = ["demo", "--port", "0", "--products", str(_PER_PAGE * numbers.stop), "--latency", str(latency_seconds)]
    with _server([sys.executable, "-m", "scrapy", *command, *_each("--fault", faults)], folder) as listing:
        page_urls = [listing, *(f"{listing}page/{number}/" for number in range(2, numbers.stop))]
        urls = [f"{page_urls[count % DISTINCT_PAGES]}?request={count}" for count in range(pages)]
        title_of = {url: _title(url) for url in page_urls}  # which also makes the shop's pages ready
        yield Target(
            urls,
            title_of | {url: title_of[url.partition("?")[0]] for url in urls},
            latency_seconds,
            f"{pages} pages of the demo shop, each after {1000 * latency_seconds:g} ms",
            page_urls[DISTINCT_PAGES:],
            frozenset(page_urls[number - 1] for number in fault_of),
            f"{listing.removesuffix('/ecommerce/')}/_demo/reset",
        )


@contextmanager
def own_pages(folder: Path, file: Path, most: int) -> Iterator[Target]:
    """The first `most` pages of a list, fetched once by this project, one a second, and then served from here.

    Raises ArgumentError where the list is wrong, or none of its pages can be had.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            urls = [ref.url for ref in read_urls(lines, str(file))][:most]
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"--urls {file}: cannot be read: {getattr(error, 'strerror', error)}") from error
    (folder / "own.txt").write_text("\n".join(urls), encoding="utf-8")
    limits = ("limits.concurrency=1", "limits.delay_seconds=1", "limits.throttle=fixed", "urls=own.txt")
    command = [sys.executable, "-m", "scrapy", "crawl", "fetch", *_each("-a", limits), "-O", "own.jsonl"]
    own = _each("-s", ["ECOM_DATA_DIR=data", "ECOM_DATABASE_URL=", "LOG_LEVEL=ERROR", "RETRY_TIMES=1"])
    done = subprocess.run(  # noqa: S603  # this project's own
        [*command, *own], cwd=folder, check=False, stderr=subprocess.PIPE, text=True
    )
    pages, why_not = _pages_in(folder / "own.jsonl")
    if not pages:
        said = [*done.stderr.strip().splitlines(), *why_not] or ["no page came"]
        raise ArgumentError(f"--urls {file}: nothing to compare with: {said[-1]}")
    latency = statistics.median(seconds for _, seconds in pages)
    (folder / "pages.json").write_text(json.dumps([text for text, _ in pages]), encoding="utf-8")
    with _server([sys.executable, "-m", "ecomscraper.comparison.replay", "pages.json", str(latency)], folder) as origin:
        titles = {url: _title(url) for url in (f"{origin}{number}" for number in range(len(pages)))}
        words = f"{len(pages)} pages of {file.name}"
        words += f" ({len(why_not)} more did not come: {why_not[0]})" if why_not else ""
        words += f", served from here after {1000 * latency:.0f} ms"
        yield Target(list(titles), titles, latency, words)


def _pages_in(answers: Path) -> tuple[list[tuple[str, float]], list[str]]:
    """(HTML, seconds it took) of each page that came, and why the others did not."""
    if not answers.is_file():
        return [], []
    rows = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    failed = [f"{row['url']} {row['reason'] or 'is no text'}" for row in rows if row["reason"] or not row["text"]]
    return [(row["text"], row["seconds"]) for row in rows if not row["reason"] and row["text"]], failed


@contextmanager
def _server(command: Sequence[str], folder: Path) -> Iterator[str]:
    """A server in a process of its own, and the URL that it says when it is ready."""
    with subprocess.Popen(  # noqa: S603  # this project's own
        command, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            said = _SAID.search(process.stdout.readline())
            if said is None:
                raise RuntimeError(f"{' '.join(command)} did not start")
            yield said[0]
        finally:
            process.terminate()


def _title(url: str) -> str:
    """The title of a page of this machine, at the second try where the first one fails."""
    for _ in range(2):
        with suppress(OSError, HTTPException), urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            content_type = answer.headers.get("Content-Type", "")
            return page_title(parse_document(answer.read(), content_type=content_type, url=url))
    raise RuntimeError(f"{url} does not answer")


def _each(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]

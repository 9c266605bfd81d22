"""Feeds of whole crawls: answers come in any order, rows do not."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


RunScrapy = Callable[..., "subprocess.CompletedProcess[str]"]
FORMATS = ("json", "jsonl", "csv", "xml")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
COLUMNS = ["page", "title", "name", "site_title", "url", "final_url", "fetched_at"]


def pages_in(files: dict[str, bytes]) -> dict[str, list[int]]:
    """The column `page` of each format, as a program of its own would read it."""
    xml = ElementTree.fromstring(files["xml"])
    table = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8"), newline="")))
    assert list(table[0]) == COLUMNS
    return {
        "json": [row["page"] for row in json.loads(files["json"])],
        "jsonl": [json.loads(line)["page"] for line in files["jsonl"].splitlines()],
        "csv": [int(row["page"]) for row in table],
        "xml": [int(item.findtext("page", "")) for item in xml.iter("item")],
    }


@pytest.fixture
def crawl_feeds(run_scrapy: RunScrapy, tmp_path: Path) -> Callable[[int], dict[str, bytes]]:
    """`crawl_feeds(pages)` crawls so many, each answered after a random time up to 0.3 s, into all four formats."""
    feeds = {f"titles.{name}": {"format": name, "overwrite": True} for name in FORMATS}

    def run(pages: int) -> dict[str, bytes]:
        done = run_scrapy(
            "crawl", "ecommerce", "-s", f"ECOM_DEMO_PRODUCTS={16 * pages}", "-s", "ECOM_DEMO_SMALL=1",
            "-s", "ECOM_DEMO_LATENCY_RANDOM_SECONDS=0.3", "-s", f"FEEDS={json.dumps(feeds)}",
            timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return {name: (tmp_path / f"titles.{name}").read_bytes() for name in FORMATS}

    return run


def check_runs(crawl_feeds: Callable[[int], dict[str, bytes]], *, pages: int, runs: int) -> None:
    """Each format in page order, and the runs the same byte for byte but for the times."""
    first, *others = [crawl_feeds(pages) for _ in range(runs)]

    assert pages_in(first) == {name: list(range(1, pages + 1)) for name in FORMATS}
    assert {name: len(_TIME.findall(text)) for name, text in first.items()} == dict.fromkeys(FORMATS, pages)
    for other in others:
        assert first != other  # the times, at least
        assert {name: _TIME.sub(b"", text) for name, text in other.items()} == {
            name: _TIME.sub(b"", text) for name, text in first.items()
        }


@pytest.mark.slow
def test_feeds_are_in_page_order_and_the_same_each_time(crawl_feeds: Callable[[int], dict[str, bytes]]) -> None:
    check_runs(crawl_feeds, pages=120, runs=2)


@pytest.mark.campaign
def test_feeds_of_500_pages_are_the_same_five_times(crawl_feeds: Callable[[int], dict[str, bytes]]) -> None:
    check_runs(crawl_feeds, pages=500, runs=5)


@pytest.mark.slow
def test_answers_did_not_come_in_page_order(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    """What the tests above rest on."""
    done = run_scrapy(
        "crawl", "ecommerce", "-s", "ECOM_DEMO_PRODUCTS=960", "-s", "ECOM_DEMO_SMALL=1",
        "-s", "ECOM_DEMO_LATENCY_RANDOM_SECONDS=0.3", "-O", "titles.json",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    times = [row["fetched_at"] for row in json.loads((tmp_path / "titles.json").read_text(encoding="utf-8"))]
    assert len(times) == 60
    assert times != sorted(times)

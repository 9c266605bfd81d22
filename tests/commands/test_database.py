"""`scrapy database copy`: one command, and the crawls go on in the other database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Scrapy = Callable[..., CompletedProcess[str]]


def test_a_crawl_is_resumed_in_the_database_that_it_was_copied_to(
    run_scrapy: Scrapy, postgres_database: str, tmp_path: Path
) -> None:
    larger = ("-s", "ECOM_DEMO_PRODUCTS=1600", "-s", "ECOM_DEMO_SMALL=True", "-s", "ECOM_DEMO_LATENCY_SECONDS=0.02")
    crawl = ("crawl", "ecommerce", *larger, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2", "-O", "titles.json")
    first = run_scrapy(*crawl, "-s", "CLOSESPIDER_ITEMCOUNT=10")
    assert first.returncode != 0, first.stderr
    copied = run_scrapy("database", "copy", "--to", postgres_database)
    assert (copied.returncode, copied.stderr) == (0, "")
    assert copied.stdout.splitlines()[0] == "crawls: 1 rows"
    assert copied.stdout.splitlines()[-1].endswith("; set ECOM_DATABASE_URL to it from now on")

    there = {"ECOM_DATABASE_URL": postgres_database}
    resumed = run_scrapy(*crawl, "-a", "resume=last", env=there)
    assert resumed.returncode == 0, resumed.stderr
    rows: list[dict[str, Any]] = json.loads((tmp_path / "titles.json").read_text())
    assert [row["page"] for row in rows] == list(range(1, 101))

    again = run_scrapy("database", "copy", "--to", postgres_database)
    assert again.returncode == 2
    assert again.stderr.endswith(" holds rows already; name an empty database\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "use `scrapy database copy --to postgresql://user:password@host/database`"),
        (("copy",), "use `scrapy database copy --to postgresql://user:password@host/database`"),
        (
            ("copy", "--to", "nosuch://me:secret@host/x"),
            "--to 'nosuch://***@host/x': nothing here speaks nosuch; write",
        ),
    ],
)
def test_wrong_use_is_told_in_one_line(arguments: tuple[str, ...], said: str, run_scrapy: Scrapy) -> None:
    done = run_scrapy("database", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"scrapy database: {said}")
    assert done.stderr.count("\n") == 1

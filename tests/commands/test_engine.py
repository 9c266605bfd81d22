"""`ECOM_ENGINE` chooses the event loop, by -s and by the environment, and the rows are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvloop")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "environment", "uses_uvloop"),
    [
        ([], {"ECOM_ENGINE": "fast"}, True),
        (["-s", "ECOM_ENGINE=scrapy"], {"ECOM_ENGINE": "fast"}, False),
        ([], {"ECOM_ENGINE": "scrapy"}, False),
    ],
)
def test_either_loop_runs_a_crawl(
    run_scrapy: Any, tmp_path: Path, arguments: list[str], environment: dict[str, str], uses_uvloop: bool
) -> None:
    feed = tmp_path / "titles.json"
    done = run_scrapy("crawl", "ecommerce", "-O", str(feed), "-L", "DEBUG", *arguments, env=environment)

    assert done.returncode == 0, done.stderr
    assert [row["page"] for row in json.loads(feed.read_text())] == list(range(1, 13))
    assert ("Using asyncio event loop: uvloop.Loop" in done.stderr) is uses_uvloop


def test_another_engine_is_refused(run_scrapy: Any) -> None:
    done = run_scrapy("crawl", "ecommerce", "-s", "ECOM_ENGINE=quick")

    assert (done.returncode, done.stderr) == (
        2, "scrapy crawl: ECOM_ENGINE = 'quick', must be one of fast, scrapy\n",
    )  # fmt: skip

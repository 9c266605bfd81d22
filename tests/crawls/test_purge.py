"""`scrapy crawls list` and `purge`, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.spiders.products import ProductsSpider
from ecomscraper.verdict.history import crawl_records

pytestmark = pytest.mark.slow

HEAD = "SITE SPIDER CRAWL STARTED (UTC) VERDICT PAGES FAILED ITEMS SECONDS PAGES/S TREND EXIT CODES"


@pytest_twisted.ensureDeferred
async def test_what_is_not_kept_goes(crawl: Callable[..., Any], run_scrapy: Callable[..., Any]) -> None:
    for arguments in ({}, {"pages": "13"}, {}):
        await crawl(**arguments)
    crawled = await crawl(ProductsSpider, pages="13")

    def left() -> list[int]:
        with crawled.database.connect() as connection:
            return [record["id"] for record in crawl_records(connection)]

    head, *lines = run_scrapy("crawls", "list").stdout.splitlines()
    assert head.split() == HEAD.split()
    assert [line.split()[:3] for line in lines] == [["demo", "ecommerce", "3"], ["demo", "products", "4"]]
    assert lines[0].endswith("  0 3 0")
    every = json.loads(run_scrapy("crawls", "list", "--all", "--json").stdout)
    assert [(each["id"], each["exit_code"]) for each in every] == [(4, 3), (3, 0), (2, 3), (1, 0)]

    tried = run_scrapy("crawls", "purge", "--keep", "1", "--dry-run").stdout.splitlines()
    assert [line.split(": ")[0] for line in tried] == [
        "would delete crawl 1",
        "would delete crawl 2",
        "2 of 4 crawls would go, 2 kept",
    ]
    assert left() == [4, 3, 2, 1]

    said = run_scrapy("crawls", "purge", "--keep", "0", "--site", "demo").stdout.splitlines()
    assert [line.split(", ")[0] for line in said[:-1]] == [
        "deleted crawl 1: ecommerce demo",
        "deleted crawl 2: ecommerce demo",
        "deleted crawl 4: products demo",
        "3 of 4 crawls deleted",
    ]
    assert said[-1].startswith("The file keeps its size")
    assert left() == [3]

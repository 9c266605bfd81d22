"""Who is told of a crawl, and what."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import update

from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import products
from ecomscraper.spiders.products import ProductsSpider

pytestmark = pytest.mark.slow

FORBIDDEN = "User-agent: *\nDisallow: /\n"
APPEND = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """Where notices go, one a line."""
    return tmp_path / "notices"


@pytest.fixture
def settings(box: Path) -> dict[str, Any]:
    return {"ECOM_NOTIFY": shlex.join([sys.executable, "-c", APPEND, str(box)]), "ECOM_NOTIFY_SECONDS": 30}


def notices(box: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in box.read_text(encoding="utf-8").splitlines()] if box.exists() else []


@pytest_twisted.ensureDeferred
async def test_a_complete_crawl_is_no_news(crawl: Callable[..., Any], settings: dict[str, Any], box: Path) -> None:
    for _ in range(2):
        await crawl(ProductsSpider, settings)
    assert notices(box) == []


@pytest_twisted.ensureDeferred
async def test_any_other_end_is(crawl: Callable[..., Any], settings: dict[str, Any], box: Path) -> None:
    crawled = await crawl(settings=settings | {"ECOM_DEMO_ROBOTS": FORBIDDEN})

    (notice,) = notices(box)
    assert notice["why"] == ["it ended NOTHING ALLOWED"]
    assert (notice["exit_code"], notice["summary"]) == (5, crawled.verdict.lines[-1])
    assert (notice["crawl"]["id"], notice["crawl"]["site"], notice["compared_with"]) == (1, "demo", [])
    assert notice["verdict"]["failed"]["robots"]["count"] == 1


@pytest_twisted.ensureDeferred
async def test_a_complete_crawl_that_is_worse_than_before(
    crawl: Callable[..., Any], settings: dict[str, Any], box: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = await crawl(ProductsSpider, settings)
    with write(before.database) as connection:  # as if there had been more, with more, for less
        connection.execute(update(products).values(price=products.c.price / 1000, brand="Acme"))
    fewer = settings | {"ECOM_DEMO_PRODUCTS": 160}

    after = await crawl(ProductsSpider, fewer)

    assert after.verdict.exit_code == 0
    (notice,) = notices(box)
    fewer_rows, less_brand, prices = notice["why"]
    assert fewer_rows == "160 rows instead of 188"
    assert less_brand == "0 % of the products have brand instead of 100 %"
    assert prices.startswith("160 prices are far beyond those of before, ")
    assert (notice["crawl"]["id"], notice["compared_with"]) == (2, [1])
    assert "worse than before, crawl 1: 160 rows instead of 188" in caplog.text


@pytest_twisted.ensureDeferred
async def test_only_crawls_of_the_same_are_compared(
    crawl: Callable[..., Any], settings: dict[str, Any], box: Path
) -> None:
    await crawl(ProductsSpider, settings)
    await crawl(ProductsSpider, settings, pages="1-2")
    assert notices(box) == []


@pytest_twisted.ensureDeferred
async def test_nobody_who_listens_costs_nothing_but_a_line(
    crawl: Callable[..., Any], box: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failing = shlex.join([sys.executable, "-c", "import sys; sys.exit('no \\x1b[31mmail')"])

    crawled = await crawl(settings={"ECOM_NOTIFY": failing, "ECOM_DEMO_ROBOTS": FORBIDDEN})

    assert crawled.verdict.exit_code == 5
    said = [record.getMessage() for record in caplog.records]
    assert f"The notice did not reach {sys.executable}: it ended with 1: no \x1b[31mmail" in said
    assert crawled.crawler.stats.get_value("ecom/notice/not_delivered") == 1

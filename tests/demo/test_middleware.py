"""The shop that is embedded in a crawl, as the settings have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest_twisted


@pytest_twisted.ensureDeferred
async def test_version_2(crawl: Callable[..., Any]) -> None:
    crawled = await crawl(settings={"ECOM_DEMO_VERSION": "2"})

    facts = crawled.verdict.facts
    assert (crawled.verdict.exit_code, facts.stored, facts.declared_total, facts.cards) == (0, 12, 189, 189)


@pytest_twisted.ensureDeferred
async def test_another_theme_at_its_root(crawl: Callable[..., Any]) -> None:
    crawled = await crawl(settings={"ECOM_DEMO_THEME": "magento"}, url="http://demo.localhost/ecommerce/?p=3")

    (row,) = crawled.rows()
    assert row.title == "Demo Shop for Scrapers - Seite 3 – demo.localhost"


@pytest_twisted.ensureDeferred
async def test_all_other_themes_are_there_as_well(crawl: Callable[..., Any]) -> None:
    crawled = await crawl(url="http://demo.localhost/t/japanese/ecommerce/?pageno=12")

    (row,) = crawled.rows()
    assert row.title == "Demo Shop for Scrapers | 12ページ – demo.localhost"

"""A page's items go through the pipelines as one; other people's pipelines and signals see each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_twisted
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.http import Response

from ecomscraper.items import Bundle, Title
from ecomscraper.settings import ITEM_PIPELINES
from ecomscraper.spiders.ecommerce import EcommerceSpider


class ThreefoldSpider(EcommerceSpider):
    """Each page gives three titles: `… A`, `… B` and `… C`. Notes the signals of its items."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> ThreefoldSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.told: list[tuple[str, int, str]] = []

        def note(signal: str) -> Any:
            return lambda item: spider.told.append((signal, item.page, item.name[-1]))

        spider.notes = [note("scraped"), note("dropped")]
        crawler.signals.connect(spider.notes[0], signals.item_scraped)

        def dropped(item: object) -> None:
            if isinstance(item, Title):  # a whole page that came to nothing is a signal, too
                spider.notes[1](item)

        spider.notes.append(dropped)
        crawler.signals.connect(dropped, signals.item_dropped)
        return spider

    async def parse(self, response: Response) -> AsyncIterator[Bundle]:
        async for bundle in super().parse(response):
            (title,) = bundle.items
            bundle.items = [replace(title, name=f"{title.name} {letter}") for letter in "ABC"]
            yield bundle


class OnlyB:
    """Somebody's pipeline of old: keeps one item of three."""

    def process_item(self, item: Title) -> Title:
        if not item.name.endswith("B"):
            raise DropItem("not a B")
        return replace(item, name=f"kept {item.name}")


class OnlyBLater(OnlyB):
    """The same, asynchronously."""

    async def process_item(self, item: Title) -> Title:
        await asyncio.sleep(0)
        return OnlyB.process_item(self, item)


class NoItemOfTheSecondPage:
    def process_item(self, item: Title) -> Title:
        if item.page == 2:
            raise DropItem("none is wanted")
        return item


class NoSecondPage:
    """A pipeline of pages that drops one as a whole."""

    def process_page(self, bundle: Bundle) -> None:
        if bundle.position == 2:
            raise DropItem("not this page")


class BreaksOnTheSecondPage:
    def process_item(self, item: Title) -> Title:
        if item.page == 2:
            raise ZeroDivisionError("of another pipeline")
        return item


def with_pipeline(pipeline: type) -> dict[str, Any]:
    return {"ITEM_PIPELINES": ITEM_PIPELINES | {pipeline: 500}, "LOG_ENABLED": False}


@pytest.mark.parametrize("pipeline", [OnlyB, OnlyBLater])
@pytest_twisted.ensureDeferred
async def test_other_peoples_pipelines_get_each_item(crawl, pipeline: type) -> None:
    crawled = await crawl(ThreefoldSpider, with_pipeline(pipeline), pages="1-2")
    assert [row.name.split()[0] for row in crawled.rows()] == ["kept", "kept"]
    assert [(page.status, page.items, page.invalid) for page in crawled.pages()] == [("stored", 1, 2)] * 2
    assert sorted(crawled.crawler.spider.told) == [
        *(("dropped", page, letter) for page in (1, 2) for letter in "AC"),
        *(("scraped", page, "B") for page in (1, 2)),
    ]
    assert crawled.verdict.facts.invalid == 4


@pytest_twisted.ensureDeferred
async def test_each_item_of_a_page_has_its_signal_and_its_count(crawl) -> None:
    """Without the ledger's pipeline, which has one row a page for titles."""
    pipelines = ITEM_PIPELINES | {"ecomscraper.pipelines.store.StorePipeline": None, Settles: 900}
    crawled = await crawl(ThreefoldSpider, {"ITEM_PIPELINES": pipelines}, pages="1-2")
    assert sorted(crawled.crawler.spider.told) == [("scraped", page, letter) for page in (1, 2) for letter in "ABC"]
    assert crawled.crawler.stats.get_value("item_scraped_count") == 6


class Settles:
    """Stores the first item of each page, and lets them all go on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Settles:
        return cls(crawler)

    async def process_page(self, bundle: Bundle) -> None:
        await self._crawler.spider.crawl.settle(replace(bundle, items=bundle.items[:1]))


@pytest_twisted.ensureDeferred
async def test_a_page_whose_items_are_all_dropped_has_failed(crawl) -> None:
    crawled = await crawl(settings=with_pipeline(NoItemOfTheSecondPage), pages="1-3")
    assert [row.page for row in crawled.rows()] == [1, 3]
    assert [(page.status, page.reason, page.invalid) for page in crawled.pages()] == [
        ("stored", None, 0),
        ("failed", "invalid", 1),
        ("stored", None, 0),
    ]
    assert crawled.verdict.exit_code == 3


@pytest_twisted.ensureDeferred
async def test_a_page_that_is_dropped_as_a_whole_has_failed(crawl) -> None:
    crawled = await crawl(settings=with_pipeline(NoSecondPage), pages="1-3")
    assert [(page.status, page.reason, page.detail) for page in crawled.pages()] == [
        ("stored", None, None),
        ("failed", "dropped", "not this page"),
        ("stored", None, None),
    ]


@pytest_twisted.ensureDeferred
async def test_an_exception_in_a_pipeline_costs_one_page_and_is_a_bug(crawl) -> None:
    crawled = await crawl(settings=with_pipeline(BreaksOnTheSecondPage), pages="1-3")
    assert [(page.status, page.reason, page.detail) for page in crawled.pages()] == [
        ("stored", None, None),
        ("failed", "bug", "ZeroDivisionError('of another pipeline')"),
        ("stored", None, None),
    ]
    assert crawled.verdict.exit_code == 1

"""A request goes the same way in one task: what it comes to, what is counted, what is told, what is limited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from scrapy import Request, signals
from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.reactor import CallLaterOnce

from ecomscraper.engine.engine import NextCall, PageEngine
from ecomscraper.pace.downloader import Downloader
from ecomscraper.settings import DOWNLOADER_MIDDLEWARES
from ecomscraper.spiders.ecommerce import EcommerceSpider

OWN_TIME = ("time", "memusage", "ecom/pace", "scheduler/", "feedexport", "log_count")  # what differs from run to run
ENGINES = ("fast", "scrapy")


class Noting(EcommerceSpider):
    """Notes the engine, and what every request goes through, in order."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Noting:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.parts: set[type] = set()
        spider.steps: list[tuple[str, str]] = []
        spider.most_at_once = 0
        for name in (
            "request_scheduled", "request_reached_downloader", "response_downloaded", "request_left_downloader",
            "response_received",
        ):  # fmt: skip
            crawler.signals.connect(spider.noting(name), getattr(signals, name), weak=False)
        return spider

    def noting(self, name: str) -> Any:
        def note(request: Request) -> None:
            slots = self.crawler.engine.downloader.slots.values()
            self.most_at_once = max(self.most_at_once, *(len(slot.transferring) for slot in slots), 0)
            self.steps.append((request.url, name))

        return note

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        engine = self.crawler.engine
        self.parts |= {type(engine), type(engine._slot.nextcall)}
        self.steps.append((response.url, "parsed"))
        async for bundle in super().parse(response):
            yield bundle


@pytest_twisted.ensureDeferred
async def test_either_engine_takes_each_request_through_the_same_steps(crawl: Any) -> None:
    crawls = {engine: await crawl(Noting, {"ECOM_ENGINE": engine}) for engine in ENGINES}

    steps, stats = {}, {}
    for engine, crawled in crawls.items():
        spider = crawled.crawler.spider
        steps[engine] = {url: [step for each, step in spider.steps if each == url] for url, _ in spider.steps}
        stats[engine] = {
            name: value
            for name, value in crawled.crawler.stats.get_stats().items()
            if not any(own in name for own in OWN_TIME)
        }
        assert crawled.verdict.facts.stored == 12
        assert not crawled.crawler.engine.downloader.active
    assert crawls["fast"].crawler.spider.parts == {PageEngine, NextCall}
    assert crawls["scrapy"].crawler.spider.parts == {ExecutionEngine, CallLaterOnce}
    assert steps["fast"] == steps["scrapy"]
    assert stats["fast"] == stats["scrapy"]
    assert stats["fast"]["downloader/request_bytes"] > 13 * 100
    assert stats["fast"]["httpcompression/response_count"] == 13


class Fails:
    """Somebody's downloader middleware: a page that redirects, one that fails, one that does both."""

    def process_response(self, request: Request, response: Response) -> Response:
        if request.url.endswith("/page/2/"):
            return Response(request.url, 302, {"Location": "/ecommerce/page/3/"})
        if request.url.endswith("/page/4/"):
            raise RuntimeError("a bug")
        if request.url.endswith("/page/5/"):
            return Response(request.url, 302, {"Location": "http://elsewhere.example/"})
        return response


@pytest.mark.parametrize("engine", ENGINES)
@pytest_twisted.ensureDeferred
async def test_redirects_and_failures_end_where_they_belong(crawl: Any, engine: str) -> None:
    crawled = await crawl(
        Noting,
        {"DOWNLOADER_MIDDLEWARES": DOWNLOADER_MIDDLEWARES | {Fails: 995}, "ECOM_ENGINE": engine},
        **{"limits.concurrency": "2"},
    )

    assert [(page.status, page.reason) for page in crawled.pages()[:6]] == [
        ("stored", None),
        ("stored", None),
        ("stored", None),
        ("failed", "bug"),
        ("failed", "offsite"),
        ("stored", None),
    ]
    assert crawled.crawler.stats.get_value("response_received_count") == 11
    assert crawled.crawler.spider.most_at_once == 2
    scraper, downloader = crawled.crawler.engine.scraper, crawled.crawler.engine.downloader
    assert (scraper.slot.active_size, len(scraper.slot.active), len(downloader.active)) == (0, 0, 0)


class FetchesItsWay(Downloader):
    def fetch(self, request: Request, spider: Any = None) -> Any:
        request.meta["asked_by"] = "somebody"
        return super().fetch(request)


class SeesTheMeta(Noting):
    asked_by: set[str] = set()  # noqa: RUF012  # one test uses it

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        self.asked_by.add(response.meta["asked_by"])
        async for bundle in super().parse(response):
            yield bundle


@pytest_twisted.ensureDeferred
async def test_a_downloader_that_fetches_in_its_own_way_is_asked(crawl: Any) -> None:
    crawled = await crawl(SeesTheMeta, {"DOWNLOADER": FetchesItsWay, "ECOM_ENGINE": "fast"})

    assert crawled.verdict.facts.stored == 12
    assert crawled.crawler.spider.asked_by == {"somebody"}
    assert crawled.crawler.spider.parts == {ExecutionEngine, CallLaterOnce}

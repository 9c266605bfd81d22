"""A crawl of a list of URLs that obeys robots.txt, and a loopback shop whose robots.txt a test writes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_twisted
from aiohttp import web
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.utils.defer import deferred_from_coro

SETTINGS = {
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "ecomscraper.robots.middleware.RobotsTxtMiddleware": 100,
    },
    "ROBOTSTXT_OBEY": True,
    "USER_AGENT": "ecomscraper/1.0 (+https://example.org)",
    "RETRY_ENABLED": False,
    "DOWNLOAD_TIMEOUT": 5,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "COOKIES_ENABLED": False,
}


@dataclass
class Crawled:
    """The paths that were fetched, sorted; why others were not; Scrapy's stats."""

    fetched: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


Between = Callable[[Crawler], Awaitable[None]]


class VisitSpider(Spider):
    """Fetches the first requests, then awaits `between`, then fetches the others."""

    name = "visit"
    allowed_domains = ("127.0.0.1",)  # robots.txt may redirect elsewhere all the same

    def __init__(self, first: list[Request], between: Between | None, then: list[Request]) -> None:
        super().__init__()
        self.first, self.between, self.then = first, between, then
        self.crawled = Crawled()
        self.settled = asyncio.Event()

    async def start(self) -> AsyncIterator[Request]:
        for request in self.first:
            yield self.watched(request)
        if self.between:
            while len(self.crawled.fetched) + len(self.crawled.errors) < len(self.first):
                self.settled.clear()
                await self.settled.wait()
            await self.between(self.crawler)
        for request in self.then:
            yield self.watched(request)

    def watched(self, request: Request) -> Request:
        return request.replace(callback=self.keep, errback=self.keep_error, dont_filter=True)

    def keep(self, response: Any) -> None:
        self.crawled.fetched.append(response.url.partition("//")[2].partition("/")[2])
        self.settled.set()

    def keep_error(self, failure: Any) -> None:
        self.crawled.errors.append(failure.value)
        self.settled.set()


def requests(targets: Iterable[str | Request]) -> list[Request]:
    return [target if isinstance(target, Request) else Request(target) for target in targets]


@pytest.fixture
def crawl() -> Callable[..., Awaitable[Crawled]]:
    """`await crawl(urls, between=…, then=urls, connect={signal: handler}, SETTING=value, …)`."""

    async def crawl_urls(
        urls: Iterable[str | Request],
        *,
        between: Between | None = None,
        then: Iterable[str | Request] = (),
        connect: dict[object, Callable[..., None]] | None = None,
        **settings: Any,
    ) -> Crawled:
        runner = AsyncCrawlerRunner(SETTINGS | settings)
        crawler = runner.create_crawler(VisitSpider)
        for signal, handler in (connect or {}).items():
            crawler.signals.connect(handler, signal, weak=False)
        await deferred_from_coro(runner.crawl(crawler, first=requests(urls), between=between, then=requests(then)))
        crawled = crawler.spider.crawled
        crawled.fetched.sort()
        crawled.stats = crawler.stats.get_stats()
        return crawled

    return crawl_urls


class Shop:
    """`answers[path]` is a text, or a coroutine function from aiohttp's request to its response; else "a page"."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: Counter[str] = Counter()
        self.port = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def status(self, status: int, **headers: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(_: web.Request) -> web.Response:
            return web.Response(status=status, headers=headers, text="no file")

        return answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        answer = self.answers.get(request.path, "<title>a page</title>")
        return web.Response(text=answer) if isinstance(answer, str) else await answer(request)


@pytest_twisted.async_yield_fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    app = web.Application()
    app.router.add_get("/{path:.*}", shop.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await deferred_from_coro(runner.setup())
    await deferred_from_coro(web.TCPSite(runner, "127.0.0.1", 0).start())
    shop.port = runner.addresses[0][1]
    yield shop
    await deferred_from_coro(runner.cleanup())

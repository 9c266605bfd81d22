"""A crawl of a list of URLs by plain Scrapy; loopback servers that count, and that send given bytes."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_twisted
from aiohttp import web
from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro

QUIET = {
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "COOKIES_ENABLED": False,
    "DOWNLOAD_TIMEOUT": 10,
}


@dataclass
class Crawled:
    """What a crawl gave; responses and errors in the order they came."""

    responses: list[Response] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)
    seats_taken_at_the_end: int = 0


First = Callable[[Crawler], Awaitable[None]]


class UrlsSpider(Spider):
    name = "urls"

    def __init__(self, requests: Iterable[Request], crawled: Crawled, first: First | None) -> None:
        super().__init__()
        self.requests = requests
        self.crawled = crawled
        self.first = first

    async def start(self) -> AsyncIterator[Request]:
        if self.first:
            await self.first(self.crawler)
        for request in self.requests:
            yield request.replace(
                callback=self.crawled.responses.append,
                errback=lambda failure: self.crawled.errors.append(failure.value),
                dont_filter=True,
            )


@pytest.fixture
def crawl() -> Callable[..., Awaitable[Crawled]]:
    """`await crawl(urls_or_requests, SETTING=value, …)` crawls them all, after awaiting `first(crawler)`."""

    async def crawl_urls(targets: Iterable[str | Request], *, first: First | None = None, **settings: Any) -> Crawled:
        crawled = Crawled()
        requests = [target if isinstance(target, Request) else Request(target) for target in targets]
        runner = AsyncCrawlerRunner(QUIET | settings)
        crawler = runner.create_crawler(UrlsSpider)

        def count_seats() -> None:
            slots = crawler.engine.downloader.slots.values()
            crawled.seats_taken_at_the_end = sum(len(slot.transferring) for slot in slots)

        crawler.signals.connect(count_seats, signals.spider_closed, weak=False)
        await deferred_from_coro(runner.crawl(crawler, requests=requests, crawled=crawled, first=first))
        crawled.stats = crawler.stats.get_stats()
        return crawled

    return crawl_urls


class CountingServer:
    """Answers every path after `latency_seconds`; counts what it was asked, and how much at once."""

    def __init__(self) -> None:
        self.latency_seconds = 0.02
        self.robots_txt = ""
        self.asked: Counter[str] = Counter()
        self.most_in_flight = 0
        self.url = ""
        self.busy = asyncio.Event()
        self._in_flight = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked[request.path] += 1
        self._in_flight += 1
        self.busy.set()
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self.latency_seconds)
            text = self.robots_txt if request.path == "/robots.txt" else "<title>A page</title>"
            return web.Response(text=text, content_type="text/html")
        finally:
            self._in_flight -= 1


@pytest_twisted.async_yield_fixture
async def counting_server() -> AsyncIterator[CountingServer]:
    server = CountingServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None)
    await deferred_from_coro(runner.setup())
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await deferred_from_coro(site.start())
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    yield server
    await deferred_from_coro(runner.cleanup())


class BytesServer:
    """Sends `answers[path]` as it stands, then closes the connection; counts the requests for each path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.after_answer: dict[str, Callable[[], None]] = {}
        self.asked: Counter[str] = Counter()
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split(b" ", 2)[1].decode()
        self.asked[path] += 1
        writer.write(self.answers[path])
        self.after_answer.get(path, lambda: None)()
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest_twisted.async_yield_fixture
async def bytes_server() -> AsyncIterator[BytesServer]:
    server = BytesServer()
    listening = await deferred_from_coro(asyncio.start_server(server.answer, "127.0.0.1", 0))
    host, port = listening.sockets[0].getsockname()
    server.url = f"http://{host}:{port}"
    yield server
    listening.close()
    await deferred_from_coro(listening.wait_closed())


@pytest.fixture
def unused_tcp_port() -> int:
    """A port of loopback at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

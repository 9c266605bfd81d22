"""The same pages by several approaches, each as a good user of its library would write it; see `speed.py`.

Each is a function of (URL of the listing, pages, what to read, most requests at once) that gives what it read:
{page: (title, [the fields of each product])}, and what that took, imports apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speed_cards import Product, What, by_parsel, by_soup

Results = dict[int, tuple[str, list[Product]]]


@dataclass
class Took:
    """What a stretch of a program took."""

    seconds: float = 0.0
    processor_seconds: float = 0.0  # of all threads


@contextlib.contextmanager
def stopwatch() -> Iterator[Took]:
    took, began, used = Took(), time.perf_counter(), time.process_time()
    yield took
    took.seconds, took.processor_seconds = time.perf_counter() - began, time.process_time() - used


Approach = Callable[[str, int, What, int], tuple[Results, Took]]


def url_of(start: str, page: int) -> str:
    return start if page == 1 else f"{start}page/{page}/"


# ---- this project ----


def ecomscraper(start: str, pages: int, what: What, concurrency: int) -> tuple[Results, Took]:
    """With ledger, database, feed in page order, robots.txt, retries and limits."""
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.project import get_project_settings

    from ecomscraper.engine.choice import choose_engine
    from ecomscraper.ledger.opening import open_crawl
    from ecomscraper.spiders.ecommerce import EcommerceSpider
    from ecomscraper.spiders.products import ProductsSpider

    spider = ProductsSpider if what.fields else EcommerceSpider
    arguments = {"start": start, "limits.concurrency": str(concurrency)}
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.json"
        settings = get_project_settings()
        feeds = {str(feed): {"format": "json", "overwrite": True}}
        settings.update({"ECOM_DATA_DIR": folder, "LOG_LEVEL": "WARNING", "FEEDS": feeds}, priority="cmdline")
        choose_engine(settings)  # as the command does
        process = AsyncCrawlerProcess(settings)
        crawler = process.create_crawler(spider)
        with stopwatch() as took:
            process.crawl(crawler, opened=open_crawl(spider, arguments, crawler.settings))
            process.start()
        rows = json.loads(feed.read_text(encoding="utf-8"))
    if not what.fields:
        return {row["page"]: (row["title"], []) for row in rows}, took
    read: Results = {page: ("", []) for page in range(1, pages + 1)}
    for row in rows:
        read[row["page"]][1].append([row[field] for field in what.fields])
    return read, took


# ---- Scrapy, with its own selectors ----


def scrapy(start: str, pages: int, what: What, concurrency: int) -> tuple[Results, Took]:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response

    class Shop(Spider):
        name = "shop"

        async def start(self) -> AsyncIterator[Request]:
            for page in range(1, pages + 1):
                yield Request(url_of(start, page), cb_kwargs={"page": page})

        def parse(self, response: Response, page: int) -> Iterator[dict[str, Any]]:
            title = response.css("title::text").get("").strip()
            if not what.fields:
                yield {"page": page, "title": title}
            for product in by_parsel(response, response.url, what):
                yield {"page": page, "title": title, **dict(zip(what.fields, product, strict=True))}

    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.json"
        process = AsyncCrawlerProcess({
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            "ROBOTSTXT_OBEY": True,
            "LOG_LEVEL": "INFO",
            "LOG_FILE": str(Path(folder) / "log"),
            "TELNETCONSOLE_ENABLED": False,
            "FEEDS": {str(feed): {"format": "json"}},
        })  # fmt: skip
        with stopwatch() as took:
            process.crawl(Shop)
            process.start()
        rows = json.loads(feed.read_text(encoding="utf-8"))
    read: Results = {}
    for row in rows:
        shown = read.setdefault(row["page"], (row["title"], []))[1]
        if what.fields:
            shown.append([row[field] for field in what.fields])
    return read, took


# ---- the script of the tutorials ----


def tutorial(start: str, pages: int, what: What, concurrency: int) -> tuple[Results, Took]:
    """`requests` and BeautifulSoup in threads."""
    from concurrent.futures import ThreadPoolExecutor

    import requests
    from bs4 import BeautifulSoup

    def page_of(page: int) -> tuple[str, list[Product]]:
        answer = requests.get(url_of(start, page), timeout=30)
        soup = BeautifulSoup(answer.content, "html.parser")
        assert soup.title is not None
        title = soup.title.get_text(strip=True)
        return title, by_soup(soup, start, what)

    numbers = range(1, pages + 1)
    with stopwatch() as took, ThreadPoolExecutor(concurrency) as pool:
        read = dict(zip(numbers, pool.map(page_of, numbers), strict=True))
    return read, took


# ---- bare libraries ----


def aiohttp_parsel(start: str, pages: int, what: What, concurrency: int) -> tuple[Results, Took]:
    """Nothing but the two: no robots.txt, no retries, nothing stored."""
    import aiohttp
    import parsel

    def page_of(text: str) -> tuple[str, list[Product]]:
        page = parsel.Selector(text)
        title = page.css("title::text").get("").strip()
        return title, by_parsel(page, start, what)

    async def crawl() -> Results:
        read: Results = {}
        left = iter(range(1, pages + 1))

        async def work(session: aiohttp.ClientSession) -> None:
            for page in left:
                async with session.get(url_of(start, page)) as answer:
                    read[page] = page_of(await answer.text())

        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            for _ in range(concurrency):
                tasks.create_task(work(session))
        return read

    with stopwatch() as took:
        read = asyncio.run(crawl())
    return read, took


def crawlee(start: str, pages: int, what: What, concurrency: int) -> tuple[Results, Took]:
    """Its ParselCrawler, with its storage in memory."""
    import logging

    from crawlee import ConcurrencySettings, Request
    from crawlee.crawlers import ParselCrawler, ParselCrawlingContext
    from crawlee.storage_clients import MemoryStorageClient

    async def crawl() -> Results:
        read: Results = {}
        at_once = ConcurrencySettings(
            min_concurrency=concurrency, max_concurrency=concurrency, desired_concurrency=concurrency
        )
        crawler = ParselCrawler(
            concurrency_settings=at_once, storage_client=MemoryStorageClient(), configure_logging=False
        )

        @crawler.router.default_handler
        async def handle(context: ParselCrawlingContext) -> None:
            page = int(context.request.user_data["page"])  # type: ignore[arg-type]
            title = (context.selector.css("title::text").get() or "").strip()
            read[page] = title, by_parsel(context.selector, start, what)

        await crawler.run(
            [Request.from_url(url_of(start, page), user_data={"page": page}) for page in range(1, pages + 1)]
        )
        return read

    logging.disable(logging.INFO)
    with stopwatch() as took:
        read = asyncio.run(crawl())
    return read, took


# ---- what the server gives ----


def server_alone(start: str, pages: int, what: What, concurrency: int) -> tuple[Results, Took]:
    """The server's own ceiling: pages are asked for and thrown away."""

    async def work(host: str, port: int, left: Iterator[int]) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for page in left:
            writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % url_of("/ecommerce/", page).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
            await reader.readexactly(length)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def crawl() -> None:
        address = start.split("/")[2].split(":")
        left = iter(range(1, pages + 1))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(concurrency):
                tasks.create_task(work(address[0], int(address[1]), left))

    with stopwatch() as took:
        asyncio.run(crawl())
    return {}, took


APPROACHES: dict[str, Approach] = {
    "ecomscraper": ecomscraper,
    "Scrapy": scrapy,
    "tutorial": tutorial,
    "aiohttp + parsel": aiohttp_parsel,
    "Crawlee": crawlee,
    "server alone": server_alone,
}

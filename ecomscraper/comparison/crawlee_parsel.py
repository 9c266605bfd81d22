"""Crawlee for Python, with its ParselCrawler; with another parser, its HttpCrawler."""

from __future__ import annotations

import asyncio

from crawlee import ConcurrencySettings
from crawlee.crawlers import HttpCrawler, HttpCrawlingContext, ParselCrawler, ParselCrawlingContext

from ecomscraper.comparison.task import TRIES, Found, Task, present


def crawl(task: Task) -> list[Found]:
    found: list[Found] = []
    many = task.workers
    concurrency = ConcurrencySettings(min_concurrency=many, desired_concurrency=many, max_concurrency=many)

    async def with_parsel() -> None:
        crawler = ParselCrawler(concurrency_settings=concurrency, max_request_retries=TRIES)

        @crawler.router.default_handler
        async def read(context: ParselCrawlingContext) -> None:
            title = context.selector.css("title::text").get("")
            found.append((context.request.url, " ".join(title.split())))

        await crawler.run(task.urls)

    async def with_another() -> None:
        crawler = HttpCrawler(concurrency_settings=concurrency, max_request_retries=TRIES)

        @crawler.router.default_handler
        async def read(context: HttpCrawlingContext) -> None:
            html = await context.http_response.read()
            found.append((context.request.url, task.title_of(html.decode())))

        await crawler.run(task.urls)

    asyncio.run(with_parsel() if task.parser == "parsel" else with_another())
    return found


if __name__ == "__main__":
    present(crawl)

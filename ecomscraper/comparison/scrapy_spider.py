"""Plain Scrapy: the spider that its tutorial leads to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import scrapy
from scrapy import signals
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from ecomscraper.comparison.task import Found, Task, present


class TitlesSpider(scrapy.Spider):
    name = "titles"
    task: Task

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for url in self.task.urls:
            yield scrapy.Request(url)

    def parse(self, response: Response) -> Iterator[dict[str, str]]:
        title = (
            response.css("title::text").get("") if self.task.parser == "parsel" else self.task.title_of(response.text)
        )
        yield {"url": response.url, "title": " ".join(title.split())}


def crawl(task: Task) -> list[Found]:
    found: list[Found] = []
    settings = {
        "CONCURRENT_REQUESTS": task.workers,
        "CONCURRENT_REQUESTS_PER_DOMAIN": task.workers,
        "LOG_LEVEL": "ERROR",
    }
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(TitlesSpider)
    crawler.signals.connect(lambda item: found.append((item["url"], item["title"])), signals.item_scraped, weak=False)
    process.crawl(crawler, task=task)
    process.start()
    return found


if __name__ == "__main__":
    present(crawl)

"""The last pipeline: what a page gave goes into the ledger, with the page's own status."""

from __future__ import annotations

from scrapy.crawler import Crawler

from ecomscraper.items import Bundle
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PageFailure
from ecomscraper.ledger.of_crawler import ledgers_crawl


class StorePipeline:
    """Settles each page; waits while the database is behind, which slows the crawl down."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        crawl = ledgers_crawl(crawler)
        return cls(crawl)

    async def process_page(self, bundle: Bundle) -> None:
        if bundle.items:
            await self._crawl.settle(bundle)
            return
        await self._crawl.settle(PageFailure.instead_of(bundle, "invalid", "none of its items is valid"))

"""The last pipeline: what a page gave goes into the ledger, with the page's own status."""

from __future__ import annotations

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from ecomscraper.items import Bundle
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PageFailure


class StorePipeline:
    """Settles each page; waits while the database is behind, which slows the crawl down."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        crawl = getattr(crawler.spider, "crawl", None)
        if not isinstance(crawl, Crawl):
            raise NotConfigured("the spider keeps no ledger")
        return cls(crawl)

    async def process_page(self, bundle: Bundle) -> None:
        if bundle.items:
            await self._crawl.settle(bundle)
            return
        await self._crawl.settle(
            PageFailure(
                position=bundle.position,
                reason="invalid",
                detail="none of its items is valid",
                attempts=bundle.attempts,
                http_status=bundle.http_status,
                final_url=bundle.final_url,
                fetched_at=bundle.fetched_at,
                size_bytes=bundle.size_bytes,
                declared_total=bundle.declared_total,
                last_page=bundle.last_page,
                cards=bundle.cards,
                next_url=bundle.next_url,
                fingerprint=bundle.fingerprint,
                invalid=bundle.invalid,
            )
        )

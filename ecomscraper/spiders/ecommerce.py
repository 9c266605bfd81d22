"""The titles of a listing's pages, or of any list of URLs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.opening import crawl_for
from ecomscraper.pace.outcomes import RetryLater
from ecomscraper.pages.guards import PageLimits, PageRefused
from ecomscraper.pages.listing import read_listing
from ecomscraper.pages.title import split_title
from ecomscraper.scrapy_fixes.downloader import is_ending
from ecomscraper.spiders.answers import (
    block_problem,
    failed_answer,
    failed_request,
    open_answer,
    page_request,
    stored_answer,
)
from ecomscraper.verdict.page import PageProblem, page_problem


class EcommerceSpider(Spider):
    """`scrapy crawl ecommerce -a site=NAME -O titles.json`"""

    name = "ecommerce"
    item_class = Title
    crawl: Crawl
    _limits: PageLimits

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> EcommerceSpider:
        spider = cls(crawl=crawl_for(cls, kwargs, crawler.settings))
        spider._set_crawler(crawler)
        spider._limits = PageLimits(
            depth=crawler.settings.getint("ECOM_PAGES_DEPTH"),
            attributes=crawler.settings.getint("ECOM_PAGES_ATTRIBUTES"),
        )
        return spider

    async def start(self) -> AsyncIterator[Request]:
        async for page in self.crawl.feeder.pages():
            yield page_request(page, self.crawl.profile, callback=self.parse, errback=self.give_up)

    async def parse(self, response: Response) -> AsyncIterator[Bundle]:
        try:
            document = open_answer(response, self._limits)
        except PageRefused as refused:
            await self.crawl.settle(failed_answer(response, PageProblem(refused.reason, refused.detail)))
            return
        listing = read_listing(document, self.crawl.profile)
        problem = block_problem(response, document, listing) or page_problem(
            listing, self.crawl.profile, is_listing=self.crawl.plan.is_listing
        )
        if problem:
            await self.crawl.settle(failed_answer(response, problem, listing))
            return
        yield stored_answer(response, [self._title(response, listing.title)], listing)

    async def give_up(self, failure: Failure) -> None:
        if isinstance(failure.value, IgnoreRequest) and is_ending(self.crawler):
            return  # never sent: the page stays pending
        if isinstance(failure.value, RetryLater):
            await self.crawl.postpone(failure.value.postponement)
            return
        await self.crawl.settle(failed_request(failure, self._limits))

    def _title(self, response: Response, title: str) -> Title:
        parts = split_title(title)
        page = response.meta["ecom_page"]
        return Title(
            page=page.page,
            title=title,
            name=parts.name,
            site_title=parts.site_title,
            url=page.url,
            final_url=response.url,
            fetched_at=datetime.now(UTC),
        )

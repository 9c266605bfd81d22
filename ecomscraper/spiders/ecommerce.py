"""The titles of a listing's pages, or of any list of URLs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.opening import crawl_for
from ecomscraper.pages.title import split_title
from ecomscraper.spiders.answers import fetched_at, stored_answer
from ecomscraper.spiders.reading import PageReader
from ecomscraper.verdict.page import title_page_problem


class EcommerceSpider(Spider):
    """`scrapy crawl ecommerce -a site=NAME -O titles.json`"""

    name = "ecommerce"
    item_class = Title
    strategies = ("numbered", "next_link", "url_list")
    crawl: Crawl
    reader: PageReader

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> EcommerceSpider:
        crawl = crawl_for(cls, kwargs, crawler.settings)
        spider = cls(crawl=crawl, reader=PageReader(crawler, crawl))
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        async for request in self.reader.requests(self.parse, self.give_up):
            yield request

    async def parse(self, response: Response) -> AsyncIterator[Bundle]:
        page = await self.reader.open(response)
        if page is None:
            return
        profile, is_listing = self.crawl.profile, self.crawl.plan.is_listing
        if problem := title_page_problem(page.listing, profile, is_listing=is_listing):
            await self.reader.fail(response, problem, page.listing)
            return
        yield stored_answer(response, [_title(response, page.listing.title)], page.listing)

    async def give_up(self, failure: Failure) -> None:
        await self.reader.give_up(failure)


def _title(response: Response, title: str) -> Title:
    parts = split_title(title)
    page = response.meta["ecom_page"]
    return Title(
        page=page.page,
        title=title,
        name=parts.name,
        site_title=parts.site_title,
        url=page.url,
        final_url=response.url,
        fetched_at=fetched_at(response),
    )

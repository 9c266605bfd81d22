"""What every spider of the ledger does with its pages: ask for them, open the answers, settle those that failed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from ecomscraper.ledger.crawl import Crawl
from ecomscraper.pace.outcomes import RetryLater
from ecomscraper.pages.document import Document
from ecomscraper.pages.guards import PageLimits, PageRefused
from ecomscraper.pages.listing import ListingPage, read_listing
from ecomscraper.scrapy_fixes.downloader import is_ending
from ecomscraper.spiders.answers import block_problem, failed_answer, failed_request, open_answer, page_request
from ecomscraper.verdict.page import PageProblem


class OpenPage(NamedTuple):
    """An answer that may be read."""

    document: Document
    listing: ListingPage


class PageReader:
    """Between one crawl's ledger and its spider."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self._crawler = crawler
        self._crawl = crawl
        self._limits = PageLimits(
            depth=crawler.settings.getint("ECOM_PAGES_DEPTH"),
            attributes=crawler.settings.getint("ECOM_PAGES_ATTRIBUTES"),
        )

    async def requests(self, callback: Callable[..., Any], errback: Callable[..., Any]) -> AsyncIterator[Request]:
        """A request for each page that the feeder gives."""
        async for page in self._crawl.feeder.pages():
            yield page_request(page, self._crawl.profile, callback=callback, errback=errback)

    async def open(self, response: Response) -> OpenPage | None:
        """The page; None where it must not be read or refuses to serve us, and is settled as failed."""
        try:
            document = open_answer(response, self._limits)
        except PageRefused as refused:
            await self.fail(response, PageProblem(refused.reason, refused.detail))
            return None
        listing = read_listing(document, self._crawl.profile)
        if problem := block_problem(response, document, listing):
            await self.fail(response, problem, listing)
            return None
        return OpenPage(document, listing)

    async def fail(self, response: Response, problem: PageProblem, listing: ListingPage | None = None) -> None:
        """Settle the page as failed."""
        await self._crawl.settle(failed_answer(response, problem, listing))

    async def give_up(self, failure: Failure) -> None:
        """Settle the page of a request that ended in an exception, or have it come back later."""
        if isinstance(failure.value, IgnoreRequest) and is_ending(self._crawler):
            return  # never sent: the page stays pending
        if isinstance(failure.value, RetryLater):
            await self._crawl.postpone(failure.value.postponement)
            return
        await self._crawl.settle(failed_request(failure, self._limits))

"""What every spider of the ledger does with its pages: ask for them, open the answers, settle those that failed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from ecomscraper.identity.first_request import begin_session, first_request
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PageFailure, PendingPage
from ecomscraper.pace.outcomes import RetryLater
from ecomscraper.pace.retry import REPEATABLE
from ecomscraper.pages.api_answer import read_api_answer
from ecomscraper.pages.document import Document
from ecomscraper.pages.guards import PageLimits, PageRefused
from ecomscraper.pages.json_answer import open_json
from ecomscraper.pages.links import links_in
from ecomscraper.pages.listing import ListingPage, read_listing
from ecomscraper.pages.product_fields import ProductFields
from ecomscraper.pages.sitemap import Sitemap, read_sitemap
from ecomscraper.pagination.page_ref import LISTING, MENU, URL, quoted
from ecomscraper.pagination.sitemap import products_in
from ecomscraper.proxies.middleware import ProxyMiddleware, proxies_of
from ecomscraper.reach.crawl_reach import reach_of
from ecomscraper.scrapy_fixes.downloader import is_ending
from ecomscraper.spiders.answers import (
    block_on_error_page,
    block_problem,
    failed_answer,
    failed_request,
    headers_of,
    open_answer,
    page_request,
    stored_answer,
)
from ecomscraper.verdict.page import PageProblem, menu_problem

logger = logging.getLogger(__name__)

SHOWN_LINKS = 3  # of those that are left out


class OpenPage(NamedTuple):
    """An answer that may be read: a page of HTML, or of another kind that its site's strategy asks for."""

    listing: ListingPage
    html: Document | None = None
    products: list[ProductFields] | None = None  # of an API's answer
    sitemap: Sitemap | None = None

    @property
    def document(self) -> Document:
        """The page of HTML. Raises ValueError where the answer is none."""
        if self.html is None:
            raise ValueError("the answer is no page of HTML")
        return self.html


class PageReader:
    """Between one crawl's ledger and its spider."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        self._crawler = crawler
        self._crawl = crawl
        self._blocks = crawl.profile.blocks
        self._limits = PageLimits(
            depth=crawler.settings.getint("ECOM_PAGES_DEPTH"),
            attributes=crawler.settings.getint("ECOM_PAGES_ATTRIBUTES"),
        )

    @cached_property
    def _proxies(self) -> ProxyMiddleware | None:
        return proxies_of(self._crawler)

    async def begins(self) -> bool:
        """Send what the profile wants first; False where that fails, and nothing else is to be asked for."""
        if self._crawl.source is not None:
            return True  # nobody is asked
        session = first_request(self._crawl.profile)
        return session is None or await begin_session(self._crawler, session)

    async def requests(self, callback: Callable[..., Any], errback: Callable[..., Any]) -> AsyncIterator[Request]:
        """A request for each page that the feeder gives."""
        reach = reach_of(self._crawler)
        if not await self.begins():
            return
        async for page in self._crawl.feeder.pages():
            if reach is not None and page.kind != URL and (refusal := reach.refuses_link(page.url)):
                await self._crawl.settle(PageFailure(page.position, refusal.reason, refusal.words, attempts=0))
                continue
            yield page_request(
                page, self._crawl.profile, callback=callback, errback=errback, keep=self._crawl.is_archived
            )

    async def open(self, response: Response) -> OpenPage | None:
        """The page; None where it is settled: it must not be read, refuses to serve us, or is the menu."""
        page: PendingPage = response.meta["ecom_page"]
        try:
            opened = self._opened(response, page)
        except PageRefused as refused:
            problem = PageProblem(refused.reason, refused.detail)
            await self.fail(response, block_on_error_page(response, self._limits, self._blocks) or problem)
            return None
        shown = None
        if opened.html is not None:
            shown = block_problem(response, opened.html, opened.listing, self._blocks)
        if shown is None and (ending := self._crawl.repeats(page.position, opened.listing)):
            shown = PageProblem(*ending)
        if shown is not None:
            await self.fail(response, shown, opened.listing)
            return None
        self.served(response)
        if page.kind == MENU:
            await self._read_menu(response, opened.document)
            return None
        return opened

    async def _read_menu(self, response: Response, document: Document) -> None:
        """Settle the page that leads to the listings; what else it shows belongs to them."""
        profile = self._crawl.profile
        starts = self._within_reach(links_in(document, profile.menu or ""))
        if problem := menu_problem(starts, profile):
            await self.fail(response, problem)
            return
        bundle = stored_answer(response, [], ListingPage("", None, None, None))
        bundle.new_pages = self._crawl.open_listings(starts)
        await self._crawl.settle(bundle)

    def _within_reach(self, starts: list[str]) -> list[str]:
        """A menu leads to blogs and sister shops as well: no listings of this one, unless the profile names them."""
        reach = reach_of(self._crawler)
        if reach is None:
            return starts
        own = [start for start in starts if reach.refuses_link(start) is None]
        if others := [start for start in starts if start not in set(own)]:
            logger.warning(
                "the menu's links to other hosts are left out: %s%s; to read them too, name their hosts in the "
                'profile: hosts = ["%s"]',
                ", ".join(map(quoted, others[:SHOWN_LINKS])),
                f" and {len(others) - SHOWN_LINKS} more" if len(others) > SHOWN_LINKS else "",
                urlsplit(others[0]).hostname,
                extra={"spider": self._crawler.spider},
            )
        return own

    def _opened(self, response: Response, page: PendingPage) -> OpenPage:
        """Raises PageRefused where the answer is not what the site's strategy asks for."""
        profile = self._crawl.profile_of(page)
        strategy = profile.pagination.strategy if page.kind == LISTING else None
        if strategy == "api":
            answer = read_api_answer(
                open_json(response.body),
                headers=headers_of(response),
                url=response.url,
                page=page.page,
                profile=profile,
            )
            return OpenPage(answer.listing, products=answer.products)
        if strategy == "sitemap":
            sitemap = read_sitemap(response.body)
            count = len(products_in(sitemap, profile))
            return OpenPage(ListingPage("", None, None, count), sitemap=sitemap)
        document = open_answer(response, self._limits)
        return OpenPage(read_listing(document, profile), html=document)

    async def fail(self, response: Response, problem: PageProblem, listing: ListingPage | None = None) -> None:
        """Settle the page as failed, or have it come back by another proxy where this one is refused."""
        if problem.reason == "blocked" and await self.goes_elsewhere(response, problem.detail):
            return
        await self._crawl.settle(failed_answer(response, problem, listing))

    async def give_up(self, failure: Failure, keep: Callable[[PageFailure, Failure], None] | None = None) -> None:
        """Settle the page of a request that ended in an exception, or have it come back later.

        `keep(page, failure)` adds what of a failed page is shown all the same.
        """
        if isinstance(failure.value, IgnoreRequest) and is_ending(self._crawler):
            return  # never sent: the page stays pending
        if isinstance(failure.value, RetryLater):
            await self._crawl.postpone(failure.value.postponement)
            return
        failed = failed_request(failure, self._limits, self._blocks)
        if isinstance(failure.value, HttpError) and failed.reason in ("blocked", "http_403"):
            is_sure = failed.reason == "blocked"  # a bare 403 may be this page's
            if await self.goes_elsewhere(failure.value.response, failed.detail or "", is_sure=is_sure):
                return
        if keep is not None:
            keep(failed, failure)
        await self._crawl.settle(failed)

    def block_shown(self, response: Response) -> PageProblem | None:
        """The evidence that an answer of any kind is a refusal to serve us, or None."""
        return block_on_error_page(response, self._limits, self._blocks)

    def served(self, response: Response) -> None:
        """An answer is what it should be: that speaks for the proxy that it came by."""
        if response.request is not None and self._proxies is not None:
            self._proxies.served(response.request)

    async def goes_elsewhere(self, response: Response, words: str, *, is_sure: bool = True) -> bool:
        """Whether a refused page is tried again by another proxy; False where there are none, or enough was tried."""
        proxies, request = self._proxies, response.request
        if proxies is None or request is None:
            return False
        proxies.blocked(request, words, is_sure=is_sure)
        tries = int(request.meta["retry_times"]) + 1
        if tries > self._crawler.settings.getint("RETRY_TIMES") or not request.meta.get(REPEATABLE, True):
            proxies.given_up(request)
            return False
        page: PendingPage = request.meta["ecom_page"]
        await self._crawl.postpone(RetryLater.after(0.0, page, tries, "blocked", words).postponement)
        return True

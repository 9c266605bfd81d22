"""Asks a shop for its pages, over and over, with more and more at once: `scrapy tune`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.defer import _schedule_coro
from twisted.python.failure import Failure

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.aside import crawl_aside
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.opening import crawl_for
from ecomscraper.pace.throttle_choice import ThrottleChoice
from ecomscraper.pace.tuning import Advice, Step, Tuning
from ecomscraper.pages.guards import PageLimits, PageRefused
from ecomscraper.pages.listing import read_listing
from ecomscraper.pagination.numbered import last_page, page_url
from ecomscraper.pagination.page_ref import URL, PageRef
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.answers import open_answer
from ecomscraper.spiders.reading import PageReader
from ecomscraper.verdict.verdict import INTERRUPTED

MOST_URLS = 200  # different pages of the listing that are asked for in turn


@dataclass(slots=True)
class Tuned:
    """What came of it. `tuning` is None where the crawl did not begin."""

    profile: SiteProfile
    tuning: Tuning | None = None
    delay_seconds: float = 0.0
    """Between requests, at least: the user's."""
    exit_code: int = INTERRUPTED
    """As of `scrapy crawl`, where nothing could be measured."""
    problems: list[str] = field(default_factory=list)
    """A line for each kind of page that failed."""

    @property
    def advice(self) -> Advice | None:
        """None where too little was answered. What was measured at the user's distance holds for that."""
        advice = self.tuning.advice() if self.tuning is not None else None
        return advice and replace(advice, delay_seconds=max(advice.delay_seconds, self.delay_seconds))


class TuningSpider(Spider):
    """It is in no list of spiders."""

    name = "tune"
    item_class = Title
    crawl: Crawl
    reader: PageReader
    tuning: Tuning
    requests: int

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> TuningSpider:
        crawl, tuned, requests = crawl_for(cls, kwargs, crawler.settings), kwargs["tuned"], kwargs["requests"]
        most = crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        tuned.tuning = tuning = Tuning(most, requests, kwargs["on_step"])
        tuned.delay_seconds = crawler.settings.getfloat("DOWNLOAD_DELAY")
        crawl.new_law = lambda limits, known: tuning
        reader = PageReader(crawler, crawl)
        spider = cls(crawl=crawl, reader=reader, tuning=tuning, requests=requests)
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        async for request in self.reader.requests(self.parse, self.give_up):
            yield request

    async def parse(self, response: Response) -> None:
        page = response.meta["ecom_page"]
        bundle = Bundle(
            page.position, [], page.url, response.url, response.status, datetime.now(UTC), len(response.body)
        )
        if page.position == 1:
            urls = self._urls(response)
            bundle.new_pages = lambda: (
                PageRef(number, number, urls[number % len(urls)], URL) for number in range(2, self.requests + 2)
            )
        await self.crawl.settle(bundle)
        self._look()

    async def give_up(self, failure: Failure) -> None:
        await self.reader.give_up(failure)
        self._look()

    def _look(self) -> None:
        if self.tuning.is_done:
            _schedule_coro(self.crawler.engine.close_spider_async(reason="tuned"))

    def _urls(self, response: Response) -> list[str]:
        """Pages of the shop that take it as much work as those of a crawl."""
        profile = self.crawl.profile
        own = [response.url]
        settings = self.crawler.settings
        limits = PageLimits(settings.getint("ECOM_PAGES_DEPTH"), settings.getint("ECOM_PAGES_ATTRIBUTES"))
        try:
            listing = read_listing(open_answer(response, limits), profile)
        except PageRefused:  # an API, a sitemap
            return own
        if profile.pagination.strategy == "numbered" and profile.page_template:
            last = min(last_page(listing, profile) or 1, MOST_URLS)
            return own + [page_url(profile, number) for number in range(2, last + 1)]
        return own + ([listing.next_url] if listing.next_url else [])


def tune_site(
    arguments: Mapping[str, str],
    settings: Settings,
    requests: int,
    on_start: Callable[[SiteProfile], None],
    on_step: Callable[[Step], None],
) -> Tuned:
    """Crawl a site with its listing's pages until its limits are known, or `requests` are sent. Once only.

    `arguments` are those of `-a`. Raises EcomscraperError as `crawl_aside` does.
    """
    tuned: Tuned | None = None
    own = {"ECOM_THROTTLE": ThrottleChoice.ADAPTIVE.value, "AUTOTHROTTLE_ENABLED": False}
    settings.setdict(own, priority="cmdline")  # in whose place ours is

    def given(crawl: Crawl) -> dict[str, Any]:
        nonlocal tuned
        tuned = Tuned(crawl.profile)
        on_start(crawl.profile)
        return {"tuned": tuned, "requests": requests, "on_step": on_step}

    verdict = crawl_aside(TuningSpider, arguments, settings, given)
    assert tuned is not None
    if verdict is not None:
        tuned.exit_code = verdict.exit_code
        tuned.problems = [f"{each.example_url}: {reason}" for reason, each in verdict.facts.failed.items()]
    return tuned

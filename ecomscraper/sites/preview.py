"""Fetches a page or two of a shop for a person who looks at them, as politely as a crawl does.

It is a crawl of its own, with robots.txt, limits, retries and verdict, whose ledger lies in a folder that goes away.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from ecomscraper.items import Product
from ecomscraper.ledger.aside import crawl_aside
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.opening import crawl_for
from ecomscraper.pages.document import Document
from ecomscraper.pagination.page_ref import URL, PageRef
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.answers import stored_answer
from ecomscraper.spiders.reading import PageReader
from ecomscraper.verdict.facts import Facts
from ecomscraper.verdict.verdict import INTERRUPTED


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it came, and as it is read."""

    body: bytes
    content_type: str
    document: Document


Follow = Callable[[Sequence[FetchedPage]], str | None]
"""The absolute URL of the page to fetch after those that were; None for no more."""


@dataclass(slots=True)
class Preview:
    """What came of it."""

    profile: SiteProfile
    """Of the site, or the defaults."""
    pages: list[FetchedPage] = field(default_factory=list)
    exit_code: int = INTERRUPTED
    """As of `scrapy crawl`."""
    problems: list[str] = field(default_factory=list)
    """A line for each page that failed: reason, URL, what was seen."""


def no_more(pages: Sequence[FetchedPage]) -> str | None:
    """For one page only."""
    return None


class PreviewSpider(Spider):
    """Keeps the pages that it opens; it is in no list of spiders."""

    name = "preview"
    item_class = Product
    crawl: Crawl
    reader: PageReader
    preview: Preview
    follow: Follow

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PreviewSpider:
        crawl = crawl_for(cls, kwargs, crawler.settings)
        reader = PageReader(crawler, crawl)
        spider = cls(crawl=crawl, reader=reader, preview=kwargs["preview"], follow=kwargs["follow"])
        spider._set_crawler(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        async for request in self.reader.requests(self.parse, self.give_up):
            yield request

    async def parse(self, response: Response) -> None:
        page = await self.reader.open(response)
        if page is None:
            return
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        self.preview.pages.append(FetchedPage(response.body, content_type, page.document))
        bundle = stored_answer(response, [], page.listing)
        if url := self.follow(self.preview.pages):
            number = len(self.preview.pages) + 1
            following = PageRef(number, number, url, URL)
            bundle.new_pages = lambda: [following]
        await self.crawl.settle(bundle)

    async def give_up(self, failure: Failure) -> None:
        await self.reader.give_up(failure)


def fetch_preview(url: str, arguments: Mapping[str, str], settings: Settings, follow: Follow = no_more) -> Preview:
    """Fetch the page at `url`, and those that `follow` asks for, one after the other. It runs the reactor: once only.

    `arguments` are those of `-a`: `site`, and dotted keys of its profile. Raises what `crawl_aside` raises.
    """
    preview: Preview | None = None

    def given(crawl: Crawl) -> dict[str, Any]:
        nonlocal preview
        preview = Preview(crawl.profile)
        return {"preview": preview, "follow": follow}

    verdict = crawl_aside(PreviewSpider, {**arguments, "url": url}, settings, given)
    assert preview is not None
    if verdict is not None:
        preview.exit_code = verdict.exit_code
        preview.problems = _problems(verdict.facts)
    return preview


def _problems(facts: Facts) -> list[str]:
    return [
        f"{failed.example_url}: {reason}" + (f" ({failed.example_detail})" if failed.example_detail else "")
        for reason, failed in facts.failed.items()
    ]

"""In the place of the downloader: answers come from an archive, and no way leads out."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from ecomscraper.archive.outcomes import NotArchived
from ecomscraper.ledger.body_rows import KeptPage, kept_page
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.spiders.answers import FETCHED_AT


class _NoMiddlewares:
    middlewares: tuple[Any, ...] = ()


class ArchiveDownloader:
    """For the setting `DOWNLOADER`. An answer is what the spider got then: after all downloader middlewares, which
    therefore have no part here; nothing connects, and nobody waits for limits or robots.txt.

    Raises `NotArchived` for a page without a kept answer: with the reason for which it failed then, where nothing
    answered, else as `not_archived`.
    """

    middleware = _NoMiddlewares()

    def __init__(self, crawler: Crawler) -> None:
        self.active: set[Request] = set()
        self.slots: dict[str, Slot] = {}
        self._crawler = crawler
        self._most = crawler.settings.getint("CONCURRENT_REQUESTS")

    def fetch(self, request: Request) -> Deferred[Response]:
        return deferred_from_coro(self._answer(request))

    def get_slot_key(self, request: Request) -> str:
        """For the scheduler, which gives out requests by the queue that they will stand in: there is but one."""
        return ""

    def needs_backout(self) -> bool:
        return len(self.active) >= self._most

    def close(self) -> None:
        """There is nothing to close."""

    async def _answer(self, request: Request) -> Response:
        crawl, page = self._crawler.spider.crawl, request.meta.get("ecom_page")  # type: ignore[union-attr]
        assert isinstance(crawl, Crawl)
        source = crawl.source
        assert source is not None
        if not isinstance(page, PendingPage):
            raise NotArchived("not_archived", f"{request.url} is no page of crawl {source}")
        self.active.add(request)
        try:
            # By the writer's thread, whose patience with a database that is away is the crawl's.
            kept = await crawl.ledger.read(lambda c: kept_page(c, source, page.url, page.position))
        finally:
            self.active.remove(request)
        request.meta[FETCHED_AT] = kept.fetched_at if kept else None
        return _response(page, source, kept)


def _response(page: PendingPage, source: int, kept: KeptPage | None) -> Response:
    if kept is None or kept.status == "pending":
        raise NotArchived("not_archived", f"crawl {source} did not fetch it")
    if kept.body is None or kept.headers is None or kept.http_status is None:
        if kept.http_status is None and kept.reason is not None:
            raise NotArchived(kept.reason, kept.detail or "")
        raise NotArchived("not_archived", f"crawl {source} did not keep its answer")
    url = kept.final_url or page.url
    headers = Headers()
    for name, value in kept.headers:
        headers.appendlist(name, value.encode("latin-1"))
    kind = responsetypes.from_args(headers=headers, url=url, body=kept.body)
    return kind(url=url, status=kept.http_status, headers=headers, body=kept.body)

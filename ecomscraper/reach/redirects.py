"""Redirects that stay on the site."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirectMiddleware
from scrapy.http import Response

from ecomscraper.reach.crawl_reach import reach_of
from ecomscraper.reach.hosts import Reach, Refusal
from ecomscraper.reach.outcomes import OutOfReach


class RedirectMiddleware(ScrapyRedirectMiddleware):
    """Takes the place of Scrapy's, at 600, which follows to any host and hands a redirect to `file:` on as a page.

    Raises OutOfReach before the target's robots.txt is asked for. A spider without a ledger is redirected as by
    Scrapy. robots.txt itself may lie on any host (RFC 9309 §2.3.1.2): the room of robots follows its redirects.
    """

    _reach: Reach | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = super().from_crawler(crawler)
        middleware._reach = reach_of(crawler)
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        if response.status < HTTPStatus.MULTIPLE_CHOICES:  # Scrapy asks that last, after four permissions
            return response
        try:
            return super().process_response(request, response)
        except ValueError as error:
            if self._reach is None:
                raise
            raise OutOfReach(Refusal("bad_url", f"redirected to what is no URL: {error}")) from error

    def _build_redirect_request(
        self, source_request: Request, response: Response, *, url: str, **kwargs: Any
    ) -> Request:
        if self._reach is not None:
            asked_for = source_request.meta.get("redirect_urls", [source_request.url])[0]
            if refusal := self._reach.refuses_redirect(url, asked_for):
                raise OutOfReach(refusal)
        return super()._build_redirect_request(source_request, response, url=url, **kwargs)

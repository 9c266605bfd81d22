"""Puts a browser's headers on the pages of a shop whose profile asks for it."""

from __future__ import annotations

import random
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.httpobj import urlparse_cached

from ecomscraper.identity.browsers import Browser, browsers_of, laid_over
from ecomscraper.ledger.of_crawler import crawl_of

BROWSER = "ecom_browser"  # request meta: the Browser of a page, the same through its redirects
OWN_HEADERS = "ecom_own_headers"  # request meta: the headers that the request came with


class IdentityMiddleware:
    """At 390, before Scrapy's default headers. robots.txt is asked for and read under our own name.

    One browser for each page; one for the whole crawl where cookies are kept or the crawl sticks to one proxy, as
    nobody changes the browser in the middle of a session.
    """

    def __init__(self, crawler: Crawler) -> None:
        crawl = crawl_of(crawler)
        if crawl is None or crawl.profile.identity.browser is None:
            raise NotConfigured  # without words: Scrapy would warn of them, and most crawls are honest
        settings = crawler.settings
        self._rng = random.Random()
        self._browsers = browsers_of(crawl.profile.identity.browser)
        if settings.getbool("COOKIES_ENABLED") or settings["ECOM_PROXIES_STICKY"] == "crawl":
            self._browsers = (self._rng.choice(self._browsers),)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):  # robots.txt itself
            return
        meta, parts = request.meta, urlparse_cached(request)
        browser: Browser = meta.setdefault(BROWSER, self._rng.choice(self._browsers))
        own = meta.setdefault(OWN_HEADERS, _pairs(request))
        request.headers.clear()
        # Twisted puts it last where it has to add it itself, which no browser does.
        for name, value in laid_over([("Host", parts.netloc), *browser.sent(parts.scheme)], own):
            request.headers[name] = value


def _pairs(request: Request) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in request.headers.items()
        for value in values
    ]

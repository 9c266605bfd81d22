"""Starts the embedded demo shop when a crawl first asks for its canonical host, and leads the requests to it.

Its address is `http://demo.localhost/` whatever port it runs on: the shop is reached as an HTTP proxy,
so robots.txt, redirects and `response.url` keep that name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.httpobj import urlparse_cached

from ecomscraper.demo.addresses import CANONICAL_HOST
from ecomscraper.demo.options import ROBOTS_ALLOW_ALL, ShopOptions

if TYPE_CHECKING:
    from ecomscraper.demo.shop import DemoShop

logger = logging.getLogger(__name__)


def shop_options(settings: BaseSettings) -> ShopOptions:
    """What the settings ask of the embedded shop. Raises ValueError, with the option in front, where it cannot be."""
    return ShopOptions(
        products=settings.getint("ECOM_DEMO_PRODUCTS"),
        small=settings.getbool("ECOM_DEMO_SMALL"),
        latency_seconds=settings.getfloat("ECOM_DEMO_LATENCY_SECONDS"),
        latency_random_seconds=settings.getfloat("ECOM_DEMO_LATENCY_RANDOM_SECONDS"),
        robots=settings["ECOM_DEMO_ROBOTS"] or ROBOTS_ALLOW_ALL,
        theme=settings["ECOM_DEMO_THEME"],
        version=settings.getint("ECOM_DEMO_VERSION"),
    )


class DemoShopMiddleware:
    """One shop for a crawl; none is started where nobody asks for it."""

    def __init__(self, options: ShopOptions) -> None:
        self._options = options
        self._proxy: asyncio.Task[str] | None = None

    @cached_property
    def shop(self) -> DemoShop:
        """The shop, which need not have been started."""
        from ecomscraper.demo.shop import DemoShop  # a server: 0.1 s that most crawls do without

        return DemoShop(self._options)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DemoShopMiddleware:
        middleware = cls(shop_options(crawler.settings))
        crawler.signals.connect(middleware.engine_stopped, signals.engine_stopped)
        return middleware

    def process_request(self, request: Request) -> Coroutine[Any, Any, None] | None:
        if CANONICAL_HOST in request.url or "ecom_demo" in request.meta:
            return self.lead(request)
        return None  # without taking its URL apart

    async def lead(self, request: Request) -> None:
        """Have a request for the demo shop go to where it runs, and any other one elsewhere."""
        if urlparse_cached(request).netloc == CANONICAL_HOST:
            request.meta["proxy"] = await self._address()
            request.meta["ecom_demo"] = True
        elif request.meta.pop("ecom_demo", False):  # redirected away from the shop
            request.meta.pop("proxy", None)

    async def engine_stopped(self) -> None:
        if self._proxy is not None:
            await self.shop.stop()

    async def _address(self) -> str:
        if self._proxy is None:
            self._proxy = asyncio.ensure_future(self._start())
        return await asyncio.shield(self._proxy)

    async def _start(self) -> str:
        port = await self.shop.start()
        logger.info("The embedded demo shop serves http://%s/ on port %d", CANONICAL_HOST, port)
        return f"http://127.0.0.1:{port}"

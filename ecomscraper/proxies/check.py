"""Asks for one page by each proxy, and looks whether it came."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.misc import build_from_crawler, load_object

from ecomscraper.blocks.evidence import block_evidence
from ecomscraper.demo.middleware import DemoShopMiddleware
from ecomscraper.pages.guards import PageLimits, PageRefused
from ecomscraper.proxies.address import labels
from ecomscraper.proxies.exits import Exit, Sessions
from ecomscraper.proxies.lists import NONE, ProxyList
from ecomscraper.proxies.middleware import EXIT, without_proxy
from ecomscraper.reach.download_handler import HTTP11DownloadHandler
from ecomscraper.robots.rules import Access, access, parsed_part, product_token, robots_url
from ecomscraper.sites.limits import scrapy_settings
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.answers import headers_of, open_answer
from ecomscraper.verdict.failures import words_of

MOST_AT_ONCE = 8  # where no profile says how hard a shop may be asked


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one proxy."""

    list: str
    label: str
    works: bool
    seconds: float
    words: str


class _CheckSpider(Spider):
    name = "proxies"

    async def start(self) -> AsyncIterator[Any]:
        checker = _Checker(self)
        self.results.extend(await asyncio.gather(*(checker.check(name, used) for name, used in self.exits)))
        return
        yield

    results: list[Checked]
    exits: list[tuple[str, Exit]]
    profile: SiteProfile | None


class _Checker:
    """Within the limits of the shop, all of its proxies together."""

    def __init__(self, spider: _CheckSpider) -> None:
        self._crawler = spider.crawler
        settings = self._crawler.settings
        profile = spider.profile
        self._handler = HTTP11DownloadHandler(self._crawler)
        self._demo = self._crawler.get_downloader_middleware(DemoShopMiddleware)
        self._url = profile.start if profile else settings["ECOM_PROXIES_CHECK_URL"]
        self._obeys = profile.robots.obey if profile else True
        self._headers = {"User-Agent": settings["USER_AGENT"], **(profile.headers if profile else {})}
        self._seats = asyncio.Semaphore(profile.limits.concurrency if profile else MOST_AT_ONCE)
        self._delay_seconds = profile.limits.delay_seconds if profile else 0.0
        self._next_at = time.monotonic()
        self._limits = PageLimits(
            depth=settings.getint("ECOM_PAGES_DEPTH"), attributes=settings.getint("ECOM_PAGES_ATTRIBUTES")
        )

    async def check(self, name: str, used: Exit) -> Checked:
        async with self._seats:
            began = time.monotonic()
            try:
                works, words = await self._ask(used)
            except Exception as error:  # whatever it is, it is what came of this proxy
                words = words_of(error) or type(error).__name__
                works, words = False, words.removeprefix(used.proxy.address).lstrip(": ")
            return Checked(name, used.label, works, time.monotonic() - began, words)

    async def _ask(self, used: Exit) -> tuple[bool, str]:
        if self._obeys and (found := await self._robots_txt(used)):
            return found
        response = await self._download(self._url, used)
        if evidence := self._evidence(response):
            return False, f"blocked: {evidence}"
        return response.status < 400, f"HTTP {response.status}, {len(response.body)} bytes"

    async def _robots_txt(self, used: Exit) -> tuple[bool, str] | None:
        """What came of it where it does not allow to go on."""
        response = await self._download(robots_url(self._url), used)
        opens = access(response.status)
        if opens is Access.NOTHING:
            return False, f"HTTP {response.status} for robots.txt"
        if opens is Access.BY_RULE:
            parser = load_object(self._crawler.settings["ROBOTSTXT_PARSER"])
            rules = build_from_crawler(parser, self._crawler, parsed_part(response.body))
            if not rules.allowed(self._url, product_token(self._headers["User-Agent"])):
                return True, "robots.txt came, and allows no more"
        return None

    async def _download(self, url: str, used: Exit) -> Response:
        now = time.monotonic()
        self._next_at = max(self._next_at, now) + self._delay_seconds
        await asyncio.sleep(self._next_at - self._delay_seconds - now)
        request = Request(url, headers=self._headers, meta={EXIT: used})
        if self._demo is not None:
            await self._demo.lead(request)
        without_proxy(request)
        return await self._handler.download_request(request)

    def _evidence(self, response: Response) -> str | None:
        try:
            document = open_answer(response, self._limits)
        except PageRefused:
            return None
        evidence = block_evidence(
            document,
            response.body,
            status=response.status,
            headers=headers_of(response),
            asked_url=self._url,
            has_listing_marks=False,
        )
        return evidence.words if evidence else None


def check_proxies(lists: Sequence[ProxyList], settings: Settings, profile: SiteProfile | None) -> list[Checked]:
    """What came of each proxy of `lists`, in their order. It runs the reactor: once only.

    `profile`: the shop whose first page is asked for, within its limits; else ECOM_PROXIES_CHECK_URL is.
    """
    for name, value in (scrapy_settings(profile) if profile else {}).items():
        settings.set(name, value, priority="spider")
    settings.setdict({"ECOM_PROXIES_LIST": NONE, "FEEDS": {}}, priority="cmdline")
    sessions = Sessions("no", Random())
    exits = []
    for each in lists:
        labelled = labels(each.proxies)
        exits += [(each.name, sessions.exit(label, "", labelled, None)) for label in labelled]
    results: list[Checked] = []
    process = AsyncCrawlerProcess(settings)
    process.crawl(process.create_crawler(_CheckSpider), results=results, exits=exits, profile=profile)
    process.start()
    return results

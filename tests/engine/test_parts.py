"""What the engine leaves out is missed by nobody: others' middlewares, hooks, signals and requests have their due."""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from scrapy import Request, Spider, signals
from scrapy.core.scheduler import Scheduler
from scrapy.core.scraper import Scraper
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import default_settings
from scrapy.signalmanager import SignalManager
from scrapy.utils.project import get_project_settings
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from ecomscraper.engine.choice import YOUNG_OBJECTS, choose_client, choose_engine
from ecomscraper.engine.heard import HeardSignals
from ecomscraper.engine.middlewares import QuickMiddlewares
from ecomscraper.engine.scheduler import PageScheduler
from ecomscraper.engine.scraper import PageScraper
from ecomscraper.engine.stats import QuickStats
from ecomscraper.items import Bundle
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.settings import DOWNLOADER_MIDDLEWARES
from ecomscraper.spiders.ecommerce import EcommerceSpider

REACH = "ecomscraper.reach"
SCRAPYS_OWN_PARTS = {"ECOM_ENGINE": "scrapy"}


class Watching(EcommerceSpider):
    """Notes which parts carry the crawl, and the signals of its requests."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Watching:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.parts: set[type] = set()
        spider.heard: Counter[str] = Counter()
        for name in ("request_scheduled", "request_left_downloader", "response_received", "headers_received"):
            crawler.signals.connect(spider.hears(name), getattr(signals, name), weak=False)
        return spider

    def hears(self, name: str) -> Any:
        def heard() -> None:
            self.heard[name] += 1

        return heard

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        engine = self.crawler.engine
        parts = (engine.scraper, engine.scheduler, engine.signals, engine.downloader.middleware, self.crawler.stats)
        self.parts = {type(part) for part in parts}
        async for bundle in super().parse(response):
            yield bundle


@pytest.mark.parametrize("own", [False, True], ids=["fast", "scrapy"])
@pytest_twisted.ensureDeferred
async def test_either_engine_tells_and_counts_the_same(crawl: Any, own: bool) -> None:
    crawled = await crawl(Watching, SCRAPYS_OWN_PARTS if own else {"ECOM_ENGINE": "fast"})

    assert [title.page for title in crawled.rows()] == list(range(1, 13))
    spider, stats = crawled.crawler.spider, crawled.crawler.stats.get_stats()
    quick = {PageScraper, PageScheduler, HeardSignals, QuickMiddlewares, QuickStats}
    assert len(spider.parts) == 5
    assert spider.parts & quick == (set() if own else quick)
    assert spider.heard == {
        "request_scheduled": 12,
        "request_left_downloader": 13,
        "response_received": 13,
        "headers_received": 13,
    }
    assert stats["scheduler/enqueued"] == stats["scheduler/dequeued/memory"] == 12
    assert stats["downloader/request_count"] == stats["downloader/response_count"] == 13
    assert stats["item_scraped_count"] == 12


class SeesBundles:
    """Somebody's spider middleware."""

    seen: list[Any] = []  # noqa: RUF012  # emptied by each test

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for each in result:
            self.seen.append(each)
            yield each


@pytest_twisted.ensureDeferred
async def test_spider_middlewares_of_others_see_what_a_spider_yields(crawl: Any) -> None:
    SeesBundles.seen.clear()

    crawled = await crawl(Watching, {"ECOM_ENGINE": "fast", "SPIDER_MIDDLEWARES": {SeesBundles: 500}})

    assert Scraper in crawled.crawler.spider.parts
    assert [type(each) for each in SeesBundles.seen] == [Bundle] * 12


class AsksForMore(Watching):
    """After its first page it asks for an address of its own, as any spider may, and one of its pages has a bug."""

    more: tuple[int, int] | None = None

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        async for bundle in super().parse(response):
            yield bundle
            if bundle.position == 1:
                yield Request(response.urljoin("/robots.txt"), self.parse_more)
            if bundle.position == 2:
                raise RuntimeError("a bug behind the bundle")
        if response.meta["ecom_page"].position == 3:
            raise RuntimeError("another one")

    def parse_more(self, response: Response) -> None:
        self.more = response.status, response.meta["depth"]


@pytest_twisted.ensureDeferred
async def test_requests_and_bugs_of_a_spider_go_the_way_of_scrapy(crawl: Any) -> None:
    crawled = await crawl(AsksForMore, {"ECOM_ENGINE": "fast"})

    assert crawled.crawler.spider.more == (200, 1)
    assert crawled.crawler.stats.get_value("spider_exceptions/RuntimeError") == 2
    assert [(page.status, page.reason) for page in crawled.pages()[:3]] == [("stored", None)] * 3
    assert crawled.verdict.facts.stored == 12


class Hooks:
    """Somebody's downloader middleware, with hooks of every kind."""

    async def process_request(self, request: Request) -> Response | None:
        if request.url.endswith("/page/2/"):
            return Response(request.url, status=404)
        return None

    def process_response(self, request: Request, response: Response) -> Any:
        if request.url.endswith("/page/3/") and not request.meta.get("again"):
            return request.replace(meta={**request.meta, "again": True})
        return "no answer" if request.url.endswith("/page/4/") else response


@pytest.mark.parametrize("engine", ["fast", "scrapy"])
@pytest_twisted.ensureDeferred
async def test_hooks_of_others_are_heard(crawl: Any, engine: str) -> None:
    crawled = await crawl(
        settings={"DOWNLOADER_MIDDLEWARES": DOWNLOADER_MIDDLEWARES | {Hooks: 820}, "ECOM_ENGINE": engine}
    )

    pages = crawled.pages()
    assert [(page.status, page.reason) for page in pages[:5]] == [
        ("stored", None),
        ("failed", "http_404"),
        ("stored", None),
        ("failed", "bug"),
        ("stored", None),
    ]
    asked = [arrival.target for arrival in crawled.counts().arrivals]
    assert [asked.count(f"/ecommerce/page/{page}/") for page in (2, 3, 4, 5)] == [0, 2, 1, 1]


def test_signals_reach_whoever_listens_to_any_or_to_all() -> None:
    manager, told, kept = HeardSignals("a crawler"), [], object()

    def hears(signal: object) -> str:
        told.append(signal)
        return "heard"

    assert manager.send_catch_log(kept) == []
    manager.connect(hears, kept)
    assert manager.send_catch_log(kept) == [(hears, "heard")]
    manager.disconnect(hears, kept)
    assert manager.send_catch_log(kept) == []
    manager.connect(hears, kept, sender=SignalManager().sender)
    assert manager.send_catch_log(kept) == []
    assert manager.send_catch_log(kept, sender=SignalManager().sender) == [(hears, "heard")]
    assert told == [kept, kept]


def test_a_listener_that_fails_is_told_of() -> None:
    manager, signal = HeardSignals("another crawler"), object()

    def fails() -> None:
        raise RuntimeError

    manager.connect(fails, signal)
    ((receiver, result),) = manager.send_catch_log(signal)
    assert receiver is fails
    assert isinstance(result, Failure)


def test_pages_keep_their_order_and_others_go_first() -> None:
    scheduler = Scheduler.from_crawler(
        get_crawler(settings_dict={"SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue"})
    )
    scheduler.open(Spider("any"))
    scheduler.__class__ = PageScheduler
    scheduler.pages = deque()

    def page(position: int, **options: Any) -> Request:
        return Request(f"http://a/{position}", meta={"ecom_page": PendingPage(position, position, "", 0)}, **options)

    for request in (page(1), page(2), Request("http://a/other"), page(3, priority=2), page(4)):
        assert scheduler.enqueue_request(request)

    assert len(scheduler) == 5
    taken = [scheduler.next_request() for _ in range(6)]
    assert [request.url[9:] if request else None for request in taken] == ["3", "other", "1", "2", "4", None]
    assert not scheduler.has_pending_requests()


@pytest.mark.parametrize(
    ("own", "left_out"),
    [
        ({}, {"remote_control.RemoteControl", "telnet.TelnetConsole"}),
        ({"TELNETCONSOLE_ENABLED": True}, {"remote_control.RemoteControl"}),
        ({"EXTENSIONS": {"scrapy.extensions.remote_control.RemoteControl": 3}}, {"telnet.TelnetConsole"}),
        (SCRAPYS_OWN_PARTS, set()),
    ],
)
def test_extensions_that_are_off_are_not_loaded(own: dict[str, Any], left_out: set[str]) -> None:
    settings = get_project_settings()
    settings.update({"ECOM_ENGINE": "fast"} | own, priority="cmdline")

    choose_engine(settings)

    missing = set(default_settings.EXTENSIONS_BASE) - set(settings["EXTENSIONS_BASE"])
    assert missing == {f"scrapy.extensions.{each}" for each in left_out}


@pytest.mark.parametrize(
    ("own", "handlers"),
    [
        ({}, {"http": "curl_handler.CurlDownloadHandler", "https": "curl_handler.CurlDownloadHandler"}),
        (
            {"ECOM_ENGINE_CLIENT": "twisted"},
            {"http": "download_handler.HTTP11DownloadHandler", "https": "download_handler.HTTP11DownloadHandler"},
        ),
        (
            {
                "DOWNLOAD_HANDLERS": {
                    "http": "mine",
                    "https": "ecomscraper.reach.download_handler.HTTP11DownloadHandler",
                }
            },
            {"http": "mine", "https": "curl_handler.CurlDownloadHandler"},
        ),
    ],
)
def test_libcurl_takes_the_place_of_our_handler_only(own: dict[str, Any], handlers: dict[str, str]) -> None:
    settings = get_project_settings()
    settings.update({"ECOM_ENGINE_CLIENT": "curl"} | own, priority="project")

    choose_client(settings)

    chosen = settings["DOWNLOAD_HANDLERS"]
    assert {scheme: chosen[scheme].removeprefix(f"{REACH}.") for scheme in handlers} == handlers


@pytest.mark.parametrize(("engine", "young"), [("fast", YOUNG_OBJECTS), ("scrapy", 700)])
def test_cycles_are_looked_for_less_often(engine: str, young: int) -> None:
    settings, before = get_project_settings(), gc.get_threshold()
    settings.update({"ECOM_ENGINE": engine}, priority="cmdline")
    try:
        gc.set_threshold(700, *before[1:])
        choose_engine(settings)

        assert gc.get_threshold() == (young, *before[1:])
    finally:
        gc.set_threshold(*before)

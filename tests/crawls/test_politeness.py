"""Crawls of shops that ask for rest: by refusals, quotas and robots.txt. Checked by the shop's record and by ours.

Ours is exact: when a request was sent, when an answer was there. The shop's shows that ours leaves nothing out.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_twisted
from aiohttp import web
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.shop import DemoShop
from ecomscraper.pace.downloader import SENT_AT
from ecomscraper.spiders.ecommerce import EcommerceSpider
from ecomscraper.verdict.verdict import BLOCKED, COMPLETE

Refusal = tuple[int, dict[str, str], float]  # status, headers, seconds of rest that they ask for


class StrictShop(DemoShop):
    """A demo shop that now and then refuses some requests in a row. `make` makes each refusal.

    Each listing page answers at the first try after its refusal, so a crawl ends.
    """

    def __init__(self, products: int, make: Callable[[], Refusal | None], robots: str = "") -> None:
        options = {"robots": robots} if robots else {}
        super().__init__(ShopOptions(products=products, small=True, latency_random_seconds=0.02, **options))
        self._make = make
        self.asked_for: list[tuple[float, float]] = []  # (from, to) of each rest
        self.arrived: list[float] = []
        self.arrived_of: Counter[str] = Counter()  # requests by path

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if not request.path.startswith("/ecommerce/"):
            return await super()._handle(request)
        self.arrived.append(time.monotonic())
        self.arrived_of[request.path] += 1
        refusal = self._make()
        if refusal is None:
            return await super()._handle(request)
        status, headers, asks = refusal
        now = time.monotonic()
        self.asked_for.append((now, now + asks))
        return web.Response(status=status, headers={**headers, "X-Asks": str(asks)})


class DiarySpider(EcommerceSpider):
    """Keeps our own record of each request: when it was sent, when the answer was there, what rest that asked for."""

    record: list[tuple[float, float, float]]
    sent: list[tuple[str, float]]

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> DiarySpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        assert isinstance(spider, DiarySpider)
        spider.record, spider.sent = [], []
        crawler.signals.connect(spider.keep, signals.response_downloaded)
        return spider

    def keep(self, response: Response, request: Request) -> None:
        asks = float(response.headers.get("X-Asks") or 0)
        self.sent.append((request.url, request.meta[SENT_AT]))
        self.record.append((request.meta[SENT_AT], time.monotonic(), asks))

    def disobeyed(self) -> list[tuple[float, float]]:
        rests = [(received, received + asks) for _, received, asks in self.record if asks]
        return [(sent, end) for begin, end in rests for sent, _, _ in self.record if begin < sent < end - 0.001]

    def distances(self) -> list[float]:
        sent = sorted(sent for sent, _, _ in self.record)
        return [later - earlier for earlier, later in pairwise(sent)]


async def crawl_of(shop: DemoShop, crawl: Any, settings: dict[str, Any] | None = None, **arguments: Any) -> Any:
    """A crawl of the shop's listing from its first page to its last."""
    port = await deferred_from_coro(shop.start())
    try:
        return await crawl(DiarySpider, settings, start=f"http://127.0.0.1:{port}/ecommerce/", **arguments)
    finally:
        await deferred_from_coro(shop.stop())


def refusals(count: int, seed: int, skew_seconds: float) -> Callable[[], Refusal | None]:
    """`count` refusals in bursts of 1 to 8, with three served requests between two bursts, in every form there is."""
    rng = random.Random(seed)
    left, burst, served = count, 0, 0

    def make() -> Refusal | None:
        nonlocal left, burst, served
        if burst == 0:
            served += 1
            if served % 3 or not left:
                return None
            burst = min(left, rng.randint(1, 8))
        burst, left = burst - 1, left - 1
        return _refusal(rng, time.time() + skew_seconds)

    return make


def _refusal(rng: random.Random, server_now: float) -> Refusal:
    date = formatdate(server_now, usegmt=True)
    part = rng.choice([0.1, 0.2, 0.3])
    headers, asks = rng.choice(
        [
            ({"Retry-After": "1"}, 1.0),
            ({"Retry-After": str(part)}, part),
            ({"Retry-After": formatdate(int(server_now) + 1, usegmt=True), "Date": date}, 1.0),
            ({"RateLimit": f'"default";r=0;t={part}'}, part),
            ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(part)}, part),
            ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(server_now) + 1), "Date": date}, 1.0),
            ({"X-RateLimit-Reset-After": str(part)}, part),
        ]
    )
    return rng.choice([429, 503]), headers, asks


QUICK_RETRIES = {"ECOM_PACE_BACKOFF_BASE_SECONDS": 0.05, "ECOM_PACE_BACKOFF_CAP_SECONDS": 0.1, "RETRY_TIMES": 50}


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as an error: Scrapy swallows the exceptions of signal handlers but for this."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.slow
@pytest.mark.parametrize("skew_seconds", [-3600, 0, 3600])
@pytest_twisted.ensureDeferred
async def test_nothing_is_sent_while_the_shop_wants_rest(skew_seconds: float, crawl: Any, caplog: Any) -> None:
    await _refused_often(30, 30, skew_seconds, crawl, caplog)


@pytest.mark.campaign
@pytest_twisted.ensureDeferred
async def test_nothing_is_sent_while_the_shop_wants_rest_in_a_thousand_refusals(crawl: Any, caplog: Any) -> None:
    await _refused_often(1000, 900, 3600, crawl, caplog)


async def _refused_often(count: int, pages: int, skew_seconds: float, crawl: Any, caplog: Any) -> None:
    shop = StrictShop(16 * pages, refusals(count, seed=int(count + skew_seconds), skew_seconds=skew_seconds))

    done = await crawl_of(shop, crawl, QUICK_RETRIES | {"ECOM_PACE_BUDGET_LEAST": 10_000})
    spider = done.crawler.spider
    assert done.verdict.exit_code == COMPLETE
    assert done.verdict.facts.stored == pages
    assert len(shop.asked_for) == count
    assert len(shop.arrived) == pages + count
    assert len([asks for _, _, asks in spider.record if asks]) == count
    assert spider.disobeyed() == []
    sent = Counter(urlsplit(url).path for url, _ in spider.sent)
    assert sent == shop.arrived_of + Counter(["/robots.txt"])
    assert errors(caplog) == []
    print(  # noqa: T201  # the record of the campaign
        f"{count} refusals, {done.crawler.stats.get_value('ecom/pace/holds')} rests, {done.verdict.facts.seconds:.0f} s"
    )


SPACING = {
    "crawl delay": ("User-agent: *\nCrawl-delay: 0.5\nDisallow:\n", {}, 0.5),
    "request rate": ("User-agent: *\nRequest-rate: 2/1s\nDisallow:\n", {}, None),
    "crawl delay and auto": ("User-agent: *\nCrawl-delay: 0.5\nDisallow:\n", {"limits.throttle": "auto"}, 0.5),
    "crawl delay below our own": (
        "User-agent: *\nCrawl-delay: 0.1\nDisallow:\n",
        {"limits.delay_seconds": "0.4", "limits.random_extra_seconds": "0.1"},
        0.4,
    ),
    "random extra": ("", {"limits.random_extra_seconds": "0.6"}, 0.0),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", SPACING)
@pytest_twisted.ensureDeferred
async def test_requests_keep_their_distance(case: str, crawl: Any, caplog: Any) -> None:
    robots, arguments, least = SPACING[case]
    shop = StrictShop(16 * 8, lambda: None, robots)
    done = await crawl_of(shop, crawl, {"AUTOTHROTTLE_START_DELAY": 0.01}, **arguments)
    assert done.verdict.exit_code == COMPLETE
    distances = done.crawler.spider.distances()
    assert len(distances) == len(shop.counts.arrivals) - 1 == 8  # robots.txt is a request as well
    if least is None:  # two in any second
        assert min(first + second for first, second in pairwise(distances)) >= 1.0
    else:
        assert min(distances) >= least
    if case == "random extra":
        assert all(distance <= 0.65 for distance in distances)
        assert sum(distances) > 8 * 0.1
        assert len({round(distance, 2) for distance in distances}) > 3
    assert errors(caplog) == []


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_after_ten_requests_comes_a_pause(crawl: Any) -> None:
    shop = StrictShop(16 * 29, lambda: None)
    done = await crawl_of(shop, crawl, **{"limits.pause_after_requests": "10", "limits.pause_seconds": "1"})
    assert done.verdict.exit_code == COMPLETE
    distances = done.crawler.spider.distances()
    assert [number + 1 for number, distance in enumerate(distances) if distance >= 0.9] == [10, 20]
    assert all(distances[number - 1] >= 1.0 for number in (10, 20))


@pytest.mark.slow
@pytest.mark.parametrize("status", [429, 503])
@pytest_twisted.ensureDeferred
async def test_a_rest_that_is_too_long_ends_the_crawl_at_once_and_resume_goes_on(
    status: int, crawl: Any, caplog: Any
) -> None:
    caplog.set_level(logging.INFO)
    answers = [None] * 20 + [(status, {"Retry-After": "700"}, 700.0)] * 3
    moods = iter(answers)
    shop = StrictShop(16 * 60, lambda: next(moods, None))
    port = await deferred_from_coro(shop.start())
    start = f"http://127.0.0.1:{port}/ecommerce/"
    try:
        stopped = await crawl(DiarySpider, start=start)
        asked, ended = len(shop.arrived), time.monotonic()
        list(moods)  # a refusal that nothing in flight could meet is not the next crawl's
        resumed = await crawl(DiarySpider, start=start, resume=str(stopped.crawl_id))
    finally:
        await deferred_from_coro(shop.stop())
    facts = stopped.verdict.facts
    assert stopped.verdict.exit_code == BLOCKED
    assert facts.finish_reason == "asked_to_wait"
    assert (facts.failures, facts.stored + facts.pending) == (0, 60)
    assert asked <= 23 + 16
    assert stopped.crawler.spider.disobeyed() == []
    assert shop.asked_for[0][0] > ended - 2.0
    told = [record.getMessage() for record in caplog.records if "asks for 700 s of rest" in record.getMessage()]
    assert told == [
        f"127.0.0.1 asks for 700 s of rest (http_{status}, Retry-After), "
        "longer than ECOM_PACE_LONGEST_WAIT_SECONDS = 600"
    ]
    assert stopped.verdict.lines[0] == "the shop asked for a longer rest than ECOM_PACE_LONGEST_WAIT_SECONDS allows"
    assert resumed.verdict.exit_code == COMPLETE
    assert resumed.verdict.facts.stored == 60
    assert errors(caplog) == []


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_a_redirect_to_another_host_goes_at_that_hosts_pace(crawl: Any, tmp_path: Any) -> None:
    """127.0.0.1 sends to 127.0.0.2, whose robots.txt wants 0.3 s between requests."""
    other = StrictShop(16 * 8, lambda: None, "User-agent: *\nCrawl-delay: 0.3\nDisallow:\n")

    port = await deferred_from_coro(other.start("127.0.0.2"))
    shop = DemoShop(ShopOptions(small=True))

    async def send_on(request: web.BaseRequest) -> web.Response:
        if request.path == "/robots.txt":
            return web.Response(status=404)
        return web.Response(status=302, headers={"Location": f"http://127.0.0.2:{port}{request.path_qs}"})

    shop._response = send_on
    own_port = await deferred_from_coro(shop.start())
    urls = tmp_path / "urls.txt"
    urls.write_text("".join(f"http://127.0.0.1:{own_port}/ecommerce/page/{n}/\n" for n in range(2, 8)))
    arguments = {"limits.delay_seconds": "0", "limits.throttle": "fixed", "limits.concurrency": "8"}
    try:
        done = await crawl(DiarySpider, urls=str(urls), hosts=f'["127.0.0.2:{port}"]', **arguments)
    finally:
        await deferred_from_coro(shop.stop())
        await deferred_from_coro(other.stop())
    assert done.verdict.facts.stored == 6
    arrivals = [arrival.monotonic_seconds for arrival in other.counts.arrivals]
    assert len(arrivals) == 7
    assert min(later - earlier for earlier, later in pairwise(arrivals)) >= 0.3 - 0.03


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_retries_keep_to_their_share_by_the_shops_record(crawl: Any, caplog: Any) -> None:
    """Each page fails once; in a window of 2 s four retries, or one of ten requests, may go."""
    tries: dict[str, list[float]] = {}

    class FailingOnce(DemoShop):
        async def _response(self, request: web.BaseRequest) -> web.Response | None:
            seen = tries.setdefault(request.path, [])
            seen.append(time.monotonic())
            if len(seen) == 1 and request.path.startswith("/ecommerce/page/"):
                return web.Response(status=500)
            await asyncio.sleep(0.02)
            return await super()._response(request)

    settings = {
        "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.1,
        "ECOM_PACE_BUDGET_SHARE": 0.1,
        "ECOM_PACE_BUDGET_LEAST": 4,
        "ECOM_PACE_BUDGET_WINDOW_SECONDS": 2,
        "ECOM_PACE_BREAKER_FAILURES": 1000,
    }
    shop = FailingOnce(ShopOptions(products=16 * 24, small=True))
    done = await crawl_of(shop, crawl, settings)
    assert done.verdict.exit_code == COMPLETE
    by_shop = sorted((at, number > 0) for seen in tries.values() for number, at in enumerate(seen))
    sent: dict[str, list[float]] = {}
    for url, sent_at in done.crawler.spider.sent:
        sent.setdefault(url, []).append(sent_at)
    by_us = sorted((at, number > 0) for each in sent.values() for number, at in enumerate(sorted(each)))
    # The window slides in steps of a twentieth; what the shop sees was sent a little earlier.
    for record, seconds in ((by_us, 1.9), (by_shop, 1.6)):
        retries = [at for at, is_retry in record if is_retry]
        assert len(retries) == 23
        for end in retries:
            window = [is_retry for at, is_retry in record if end - seconds <= at <= end]
            assert sum(window) <= max(4, 0.1 * len(window))
    assert errors(caplog) == []

from __future__ import annotations

import asyncio

import pytest
import pytest_twisted
from scrapy import Request, signals
from scrapy.exceptions import DownloadConnectionRefusedError
from scrapy.utils.defer import deferred_from_coro

PLAIN = "scrapy.core.downloader.Downloader"
FIXED = "ecomscraper.scrapy_fixes.downloader.Downloader"


def pages(server, count=48):
    return [f"{server.url}/{number}" for number in range(count)]


# Long enough that a busy machine sends all that it will send before the first answer comes.
LATENCY_SECONDS = 0.3


@pytest.mark.parametrize(("downloader", "kept"), [(PLAIN, False), (FIXED, True)])
@pytest.mark.parametrize("limit", [1, 3, 4, 8])
@pytest_twisted.ensureDeferred
async def test_the_limit_of_a_site(crawl, counting_server, limit, downloader, kept):
    """Exactly the limit is in flight. If plain Scrapy keeps it now, `scrapy_fixes/downloader.py` may go."""
    counting_server.latency_seconds = LATENCY_SECONDS
    count = limit * 4 if kept else 48

    crawled = await crawl(
        pages(counting_server, count),
        DOWNLOADER=downloader,
        CONCURRENT_REQUESTS=64,
        CONCURRENT_REQUESTS_PER_DOMAIN=limit,
    )

    assert counting_server.most_in_flight == limit if kept else counting_server.most_in_flight > limit
    assert len(crawled.responses) == count
    assert crawled.seats_taken_at_the_end == 0


@pytest.mark.parametrize(("downloader", "kept"), [(PLAIN, False), (FIXED, True)])
@pytest_twisted.ensureDeferred
async def test_the_concurrency_of_a_download_slot(crawl, counting_server, downloader, kept):
    counting_server.latency_seconds = LATENCY_SECONDS
    slots = {"127.0.0.1": {"concurrency": 2, "delay": 0}}

    await crawl(pages(counting_server, 12), DOWNLOADER=downloader, DOWNLOAD_SLOTS=slots)

    assert counting_server.most_in_flight == 2 if kept else counting_server.most_in_flight > 2


@pytest.mark.parametrize("limit", [1, 3, 4, 8])
@pytest_twisted.ensureDeferred
async def test_never_above_the_limit_with_throttling(crawl, counting_server, limit):
    crawled = await crawl(
        pages(counting_server),
        DOWNLOADER=FIXED,
        CONCURRENT_REQUESTS_PER_DOMAIN=limit,
        AUTOTHROTTLE_ENABLED=True,
        AUTOTHROTTLE_START_DELAY=0.001,
        AUTOTHROTTLE_TARGET_CONCURRENCY=16,
    )

    assert 1 <= counting_server.most_in_flight <= limit
    assert len(crawled.responses) == 48


@pytest_twisted.ensureDeferred
async def test_a_limit_per_site_holds_beside_another_site(crawl, counting_server):
    counting_server.latency_seconds = LATENCY_SECONDS
    elsewhere = [url.replace("127.0.0.1", "localhost") for url in pages(counting_server, 12)]

    await crawl(pages(counting_server, 12) + elsewhere, DOWNLOADER=FIXED, CONCURRENT_REQUESTS_PER_DOMAIN=3)

    assert counting_server.most_in_flight == 6


@pytest_twisted.ensureDeferred
async def test_failed_downloads_give_their_seats_back(crawl, counting_server, unused_tcp_port):
    refused = [f"http://127.0.0.1:{unused_tcp_port}/{number}" for number in range(10)]

    crawled = await crawl(
        refused + pages(counting_server, 24),
        DOWNLOADER=FIXED,
        CONCURRENT_REQUESTS_PER_DOMAIN=2,
        RETRY_ENABLED=False,
    )

    assert [type(error) for error in crawled.errors] == [DownloadConnectionRefusedError] * 10
    assert len(crawled.responses) == 24
    assert counting_server.most_in_flight == 2
    assert crawled.seats_taken_at_the_end == 0


@pytest_twisted.ensureDeferred
async def test_cancelled_downloads_give_their_seats_back(crawl, counting_server):
    """Of two requests that are cancelled one is on its way, one still waits for the only seat."""
    counting_server.latency_seconds = 0.2

    async def cancel_two(crawler):
        both = [
            asyncio.ensure_future(crawler.engine.download_async(Request(f"{counting_server.url}/{name}")))
            for name in ("on-its-way", "waiting")
        ]
        await counting_server.busy.wait()
        for download in both:
            download.cancel()
        await asyncio.wait(both)
        assert all(download.cancelled() for download in both)
        counting_server.latency_seconds = 0.02

    crawled = await crawl(pages(counting_server), first=cancel_two, DOWNLOADER=FIXED, CONCURRENT_REQUESTS_PER_DOMAIN=1)

    assert len(crawled.responses) == 48
    assert counting_server.most_in_flight == 1
    assert crawled.seats_taken_at_the_end == 0


@pytest_twisted.ensureDeferred
async def test_a_crawl_that_is_closed_gives_its_seats_back(crawl, counting_server):
    async def close_after_the_first_page(crawler):
        def close():
            crawler.signals.disconnect(close, signals.response_received)
            deferred_from_coro(crawler.engine.close_spider_async(reason="enough"))

        crawler.signals.connect(close, signals.response_received, weak=False)

    crawled = await crawl(
        pages(counting_server),
        first=close_after_the_first_page,
        DOWNLOADER=FIXED,
        CONCURRENT_REQUESTS_PER_DOMAIN=4,
    )

    assert crawled.stats["finish_reason"] == "enough"
    assert 1 <= len(crawled.responses) <= 16
    assert crawled.seats_taken_at_the_end == 0

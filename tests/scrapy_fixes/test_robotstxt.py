"""Every request that waits for a robots.txt gets its rules; the fix is `ecomscraper.robots.middleware`."""

from __future__ import annotations

import pytest_twisted

PLAIN = "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"
FIXED = "ecomscraper.robots.middleware.RobotsTxtMiddleware"


async def crawl_the_disallowed(crawl, server, **middlewares):
    server.robots_txt = "User-agent: *\nDisallow: /\n"
    crawled = await crawl(
        [f"{server.url}/{number}" for number in range(40)],
        ROBOTSTXT_OBEY=True,
        CONCURRENT_REQUESTS=40,
        CONCURRENT_REQUESTS_PER_DOMAIN=16,
        DOWNLOADER_MIDDLEWARES=middlewares,
    )
    pages_fetched = server.asked.total() - server.asked["/robots.txt"]
    return crawled, pages_fetched


@pytest_twisted.ensureDeferred
async def test_no_disallowed_page_is_fetched(crawl, counting_server):
    crawled, pages_fetched = await crawl_the_disallowed(crawl, counting_server, **{PLAIN: None, FIXED: 100})

    assert pages_fetched == 0
    assert counting_server.asked["/robots.txt"] == 1
    assert len(crawled.errors) == 40
    assert crawled.stats["robotstxt/forbidden"] == 40


@pytest_twisted.ensureDeferred
async def test_plain_scrapy_still_has_the_defect(crawl, counting_server):
    """If this fails, does Scrapy answer every waiter now? Then ours is only needed for RFC 9309."""
    _, pages_fetched = await crawl_the_disallowed(crawl, counting_server)

    assert pages_fetched > 0

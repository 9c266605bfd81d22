from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import pairwise

import pytest
import pytest_twisted
from scrapy import Request, signals

from ecomscraper.robots.middleware import ForbiddenByRobots, RobotsTxtMiddleware, robots_read
from ecomscraper.robots.rules import MAX_BYTES, Access, Politeness, RequestRate

CLOSED = "User-agent: *\nDisallow: /\n"
CART = "User-agent: *\nDisallow: /cart\n"


async def hang_up(request):
    request.transport.abort()


async def hang(request):
    await asyncio.sleep(30)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
@pytest_twisted.ensureDeferred
async def test_4xx_opens_everything(crawl, shop, status):
    shop.answers["/robots.txt"] = shop.status(status)

    crawled = await crawl([shop.url("/1"), shop.url("/2")])

    assert crawled.fetched == ["1", "2"]
    assert shop.asked["/robots.txt"] == 1


@pytest.mark.parametrize("status", [429, 500, 503, 599])
@pytest_twisted.ensureDeferred
async def test_5xx_and_429_open_nothing(crawl, shop, status):
    shop.answers["/robots.txt"] = shop.status(status)

    crawled = await crawl([shop.url("/1"), shop.url("/2")])

    assert crawled.fetched == []
    assert [str(error) for error in crawled.errors] == [
        f"{shop.url('/robots.txt')} could not be read (HTTP {status}), so nothing may be fetched: {shop.url(path)}"
        for path in ("/1", "/2")
    ]
    assert all(error.refusal.transient for error in crawled.errors)
    assert crawled.stats["robotstxt/forbidden"] == crawled.stats["ecom/robots/unreachable"] == 2
    assert shop.asked == {"/robots.txt": 1}


@pytest.mark.parametrize(
    ("broken", "found"), [(hang_up, "Connection"), (hang, "robots.txt took longer than 0.5 seconds")]
)
@pytest_twisted.ensureDeferred
async def test_no_answer_opens_nothing(crawl, shop, broken, found):
    shop.answers["/robots.txt"] = broken

    crawled = await crawl([shop.url("/1")], DOWNLOAD_TIMEOUT=0.5)

    assert [type(error) for error in crawled.errors] == [ForbiddenByRobots]
    assert crawled.errors[0].refusal.transient
    assert found in str(crawled.errors[0])
    assert set(shop.asked) == {"/robots.txt"}


@pytest_twisted.ensureDeferred
async def test_a_server_error_is_retried_before_it_counts(crawl, shop):
    async def busy_once(request):
        if shop.asked["/robots.txt"] == 1:
            return await shop.status(503)(request)
        return await shop.status(404)(request)

    shop.answers["/robots.txt"] = busy_once

    crawled = await crawl([shop.url("/1")], RETRY_ENABLED=True)

    assert crawled.fetched == ["1"]
    assert shop.asked["/robots.txt"] == 2


@pytest_twisted.ensureDeferred
async def test_rules_hold_and_say_why(crawl, shop, caplog):
    shop.answers["/robots.txt"] = CART

    with caplog.at_level(logging.DEBUG, "ecomscraper.robots.middleware"):
        crawled = await crawl([shop.url("/cart/1"), shop.url("/1")])

    why = f"{shop.url('/robots.txt')} does not allow 'ecomscraper' to fetch this URL: {shop.url('/cart/1')}"
    assert crawled.fetched == ["1"]
    assert [str(error) for error in crawled.errors] == [why]
    assert not crawled.errors[0].refusal.transient
    assert crawled.stats["ecom/robots/disallowed"] == 1
    assert why in caplog.messages


@pytest.mark.parametrize(("redirects", "fetched"), [(0, []), (1, []), (5, []), (6, ["1"])])
@pytest_twisted.ensureDeferred
async def test_five_redirects_are_followed_and_a_sixth_means_there_is_no_file(crawl, shop, redirects, fetched):
    hops = ["/robots.txt", *(f"/hop/{number}" for number in range(redirects))]
    for hop, target in pairwise(hops):
        shop.answers[hop] = shop.status(301, Location=target)
    shop.answers[hops[-1]] = CLOSED

    crawled = await crawl([shop.url("/1")])

    assert crawled.fetched == fetched


@pytest_twisted.ensureDeferred
async def test_redirects_are_followed_to_another_host_whatever_pages_may_do(crawl, shop):
    shop.answers["/robots.txt"] = shop.status(302, Location=shop.url("/elsewhere", "localhost"))
    shop.answers["/elsewhere"] = CLOSED

    crawled = await crawl([shop.url("/1")], REDIRECT_ENABLED=False)

    assert crawled.fetched == []
    assert not crawled.errors[0].refusal.transient
    assert shop.asked["/elsewhere"] == 1


@pytest_twisted.ensureDeferred
async def test_a_redirect_to_nowhere_means_there_is_no_file(crawl, shop):
    shop.answers["/robots.txt"] = shop.status(301, Location="ftp://127.0.0.1/robots.txt")

    assert (await crawl([shop.url("/1")])).fetched == ["1"]


@pytest_twisted.ensureDeferred
async def test_the_first_500_kib_count(crawl, shop):
    filler = f"# {'x' * 97}\n" * (MAX_BYTES // 100)
    shop.answers["/robots.txt"] = f"User-agent: *\nDisallow: /early\n{filler}Disallow: /late\n"

    crawled = await crawl([shop.url("/early"), shop.url("/late")])

    assert crawled.fetched == ["late"]


@pytest_twisted.ensureDeferred
async def test_a_file_beyond_the_download_limit_opens_nothing(crawl, shop):
    shop.answers["/robots.txt"] = "User-agent: *\nAllow: /\n" + "#" * 20_000

    crawled = await crawl([shop.url("/1")], DOWNLOAD_MAXSIZE=10_000)

    assert crawled.fetched == []
    assert crawled.errors[0].refusal.transient


@pytest_twisted.ensureDeferred
async def test_the_group_of_our_own_name_counts(crawl, shop):
    shop.answers["/robots.txt"] = (
        "User-agent: *\nDisallow: /\n\nUser-agent: ecomscraper\nDisallow: /a\n\nUser-agent: other\nDisallow: /b\n"
        "User-agent: example\nDisallow: /\n"  # a word of our User-Agent, but not our name
    )
    urls = [shop.url("/a"), shop.url("/b")]

    assert (await crawl(urls)).fetched == ["b"]
    assert (await crawl(urls, ROBOTSTXT_USER_AGENT="other")).fetched == ["a"]
    named = [Request(url, headers={"User-Agent": "other/2.0"}) for url in urls]
    assert (await crawl(named)).fetched == ["a"]


@pytest_twisted.ensureDeferred
async def test_each_port_has_its_own_file_and_what_need_not_obey_asks_for_none(crawl, shop):
    shop.answers["/robots.txt"] = CLOSED
    free = Request(shop.url("/free"), meta={"dont_obey_robotstxt": True})

    crawled = await crawl([free, shop.url("/1"), shop.url("/2", "localhost"), "data:,text"])

    assert [url for url in crawled.fetched if url] == ["free"]
    assert len(crawled.errors) == 2
    assert shop.asked == {"/free": 1, "/robots.txt": 2}


@pytest.mark.parametrize(("age_seconds", "asked"), [(86_000, 1), (86_400, 2)])
@pytest_twisted.ensureDeferred
async def test_it_is_read_again_after_a_day(crawl, shop, age_seconds, asked):
    shop.answers["/robots.txt"] = CART

    crawled = await crawl([shop.url("/1")], between=grown_older(age_seconds), then=[shop.url("/2"), shop.url("/3")])

    assert crawled.fetched == ["1", "2", "3"]
    assert shop.asked["/robots.txt"] == asked


@pytest_twisted.ensureDeferred
async def test_what_was_read_holds_while_it_cannot_be_read_again(crawl, shop, caplog):
    shop.answers["/robots.txt"] = CART

    async def a_day_later(crawler):
        await grown_older(86_400)(crawler)
        shop.answers["/robots.txt"] = shop.status(500)

    crawled = await crawl([shop.url("/1")], between=a_day_later, then=[shop.url("/2"), shop.url("/cart")])

    assert crawled.fetched == ["1", "2"]
    assert [error.refusal.transient for error in crawled.errors] == [False]
    assert f"{shop.url('/robots.txt')} could not be read (HTTP 500): the one read before holds" in caplog.messages


@pytest_twisted.ensureDeferred
async def test_what_could_not_be_read_is_asked_for_again_after_a_minute(crawl, shop):
    shop.answers["/robots.txt"] = shop.status(503)

    async def a_minute_later(crawler):
        await grown_older(60)(crawler)
        shop.answers["/robots.txt"] = CART

    crawled = await crawl([shop.url("/1")], between=a_minute_later, then=[shop.url("/1")])

    assert crawled.fetched == ["1"]
    assert len(crawled.errors) == 1
    assert shop.asked["/robots.txt"] == 2


@pytest_twisted.ensureDeferred
async def test_who_asked_first_may_be_cancelled(crawl, shop):
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(request):
        asked.set()
        await answer.wait()
        return await shop.status(404)(request)

    shop.answers["/robots.txt"] = slow

    async def cancel_the_first_of_two(crawler):
        first, second = (
            asyncio.ensure_future(crawler.engine.download_async(Request(shop.url(path)))) for path in ("/1", "/2")
        )
        await asked.wait()
        first.cancel()
        answer.set()
        assert (await second).status == 200
        assert first.cancelled()

    crawled = await crawl([], between=cancel_the_first_of_two, then=[shop.url("/3")])

    assert crawled.fetched == ["3"]
    assert shop.asked == {"/robots.txt": 1, "/2": 1, "/3": 1}


@pytest_twisted.ensureDeferred
async def test_its_wishes_are_told_before_the_first_page_goes(crawl, shop, caplog):
    shop.answers["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.5\nRequest-rate: 1/2s\n"
    told = []

    def listen(robots_txt):
        told.append((robots_txt, shop.asked["/1"]))

    parsed = []
    with caplog.at_level(logging.INFO, "ecomscraper.robots.middleware"):
        await crawl(
            [shop.url("/1")],
            connect={robots_read: listen, signals.robots_parsed: lambda robotparser: parsed.append(robotparser)},
        )

    [(robots_txt, pages_before)] = told
    assert robots_txt.url == shop.url("/robots.txt")
    assert robots_txt.access is Access.BY_RULE
    assert robots_txt.politeness == Politeness(0.5, RequestRate(1, 2.0))
    assert pages_before == 0
    assert [parser.crawl_delay("ecomscraper") for parser in parsed] == [0.5]
    assert f"{shop.url('/robots.txt')} asks for 2 s between requests" in caplog.messages


@pytest_twisted.ensureDeferred
async def test_it_is_off_where_robots_txt_need_not_be_obeyed(crawl, shop):
    shop.answers["/robots.txt"] = CLOSED

    crawled = await crawl([shop.url("/1")], ROBOTSTXT_OBEY=False)

    assert crawled.fetched == ["1"]
    assert shop.asked == {"/1": 1}


def grown_older(seconds):
    """Makes every robots.txt that is known `seconds` older."""

    async def grow_older(crawler):
        known = crawler.get_downloader_middleware(RobotsTxtMiddleware).known
        for url, robots_txt in known.items():
            known[url] = replace(robots_txt, read_at=robots_txt.read_at - seconds)

    return grow_older

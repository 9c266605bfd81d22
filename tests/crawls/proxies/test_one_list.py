"""Whole crawls by a list of proxies: what counts against a proxy, what ends a crawl, and what goes by which."""

from __future__ import annotations

import asyncio
import re
import time
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.spiders.fetch import FetchSpider

pytestmark = pytest.mark.slow

QUICK = {
    "ECOM_TIMEOUT_CONNECT_SECONDS": 2.0,
    "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.1,
    "ECOM_PROXIES_REST_SECONDS": 0.4,
    "ECOM_PROXIES_PATIENCE_SECONDS": 1.5,
}
FAST = {"limits.concurrency": "4", "limits.delay_seconds": "0", "limits.throttle": "fixed", "proxies.list": "mine"}
PAGE = b"<html><head><title>Shop</title></head><body><h1>A page of the shop</h1></body></html>"


def settings(*proxies: str, **more: Any) -> dict[str, Any]:
    return {**QUICK, "ECOM_PROXIES": {"mine": list(proxies)}, **more}


def stat(crawled: Any, name: str) -> Any:
    return crawled.crawler.stats.get_value(f"ecom/proxies/{name}", 0)


@pytest.fixture
def shop(serving: Callable[..., Any]) -> Any:
    """Answers every request with a page; `seen` has their first lines."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            server.seen.append(head.partition(b"\r\n")[0])
            writer.write(answer(b"" if b"robots.txt" in server.seen[-1] else PAGE))

    server = serving(serve)
    return server


@pytest.fixture
def url_list(tmp_path: Path) -> Callable[..., Path]:
    """`url_list(urls)` is a file with them."""

    def write(urls: Iterable[str]) -> Path:
        file = tmp_path / "urls.txt"
        file.write_text("\n".join(urls), encoding="utf-8")
        return file

    return write


def answer(body: bytes, head: str = "") -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest_twisted.ensureDeferred
async def test_the_shops_own_errors_cost_no_proxy_its_health(
    crawl: Callable[..., Awaitable[Any]], demo_shop: Callable[..., Any], socks5: Callable[..., Any]
) -> None:
    faults = ("status=404@5-9", "status=410@10-12", "status=503:first=1@14-20", "status=500@22")
    shop = demo_shop("--products", "400", "--small", *(word for fault in faults for word in ("--fault", fault)))
    proxies = [f"socks5://127.0.0.1:{socks5().port}" for _ in range(3)]

    crawled = await crawl(settings=settings(*proxies), start=shop.listing(), **FAST)

    facts = crawled.verdict.facts
    assert (facts.stored, {reason: failed.count for reason, failed in facts.failed.items()}) == (
        16,
        {"http_404": 5, "http_410": 3, "http_500": 1},
    )
    assert [stat(crawled, name) for name in ("failed", "blocked", "rests")] == [0, 0, 0]


async def _closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def _hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _talks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")
    await reader.read()


async def _knows_nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    await reader.read()


@pytest.mark.parametrize(
    ("behaviour", "scheme", "said"),
    [
        (_closes, "https", "closes the connection before the tunnel is open"),
        (_hangs, "https", "connect timeout: no connection within 2 s"),
        (_talks_nonsense, "https", "answers CONNECT with what is not HTTP"),
        (_knows_nobody, "https", "answers 407 to CONNECT"),
        (_knows_nobody, "http", "answers 407: it takes no user and password of ours"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_proxy_that_opens_no_way_costs_one_try_and_no_page_its_retries(
    behaviour: Any,
    scheme: str,
    said: str,
    crawl: Callable[..., Awaitable[Any]],
    shop: Any,
    url_list: Callable[..., Path],
    serving: Callable[..., Any],
    socks5: Callable[..., Any],
    over_tls: Callable[[int], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = over_tls(shop.port) if scheme == "https" else shop.port
    bad = f"http://127.0.0.1:{serving(behaviour).port}"
    sound = f"socks5://127.0.0.1:{socks5().port}"
    caplog.set_level("INFO")

    began = time.monotonic()
    crawled = await crawl(
        settings=settings(
            bad, sound, DOWNLOAD_VERIFY_CERTIFICATES=False, RETRY_TIMES=0, ECOM_PROXIES_REST_SECONDS=60.0
        ),
        urls=str(url_list(f"{scheme}://127.0.0.1:{port}/{number}" for number in range(4))),
        **FAST,
    )

    assert crawled.verdict.exit_code == 0
    assert [page.attempts for page in crawled.pages()] == [1, 1, 1, 1]
    assert time.monotonic() - began < 8
    assert stat(crawled, "rests") == 1
    assert any(re.search(f"{re.escape(bad)} rests for [0-9]+ s at 127.0.0.1: {said}", line) for line in caplog.messages)


@pytest_twisted.ensureDeferred
async def test_who_is_refused_everywhere_fails_as_blocked(
    crawl: Callable[..., Awaitable[Any]], demo_shop: Callable[..., Any], socks5: Callable[..., Any]
) -> None:
    shop = demo_shop("--products", "160", "--small", "--fault", "banned@7")
    proxies = [f"socks5://127.0.0.1:{socks5().port}" for _ in range(4)]

    crawled = await crawl(settings=settings(*proxies, RETRY_TIMES=2), start=shop.listing(), **FAST)

    assert crawled.verdict.exit_code == 4
    (blocked,) = [page for page in crawled.pages() if page.status == "failed"]
    assert (blocked.page, blocked.reason, blocked.attempts) == (7, "blocked", 3)
    assert shop.counts()["targets"]["/ecommerce/page/7/"]["requests"] == 3
    assert stat(crawled, "blocked") == 3
    assert crawled.verdict.facts.stored == 9


@pytest_twisted.ensureDeferred
async def test_who_is_refused_by_one_exit_comes_by_another(
    crawl: Callable[..., Awaitable[Any]], demo_shop: Callable[..., Any], socks5: Callable[..., Any]
) -> None:
    shop = demo_shop("--products", "160", "--small", "--fault", "banned:first=2@7", "--fault", "status=403:first=1@3")
    proxies = [f"socks5://127.0.0.1:{socks5().port}" for _ in range(4)]

    crawled = await crawl(settings=settings(*proxies), start=shop.listing(), **FAST)

    assert (crawled.verdict.exit_code, crawled.verdict.facts.stored) == (0, 10)
    assert {page.page: page.attempts for page in crawled.pages() if page.attempts > 1} == {3: 2, 7: 3}


@pytest_twisted.ensureDeferred
async def test_a_list_that_changes_is_taken_up(
    crawl: Callable[..., Awaitable[Any]],
    shop: Any,
    url_list: Callable[..., Path],
    socks5: Callable[..., Any],
    tmp_path: Path,
) -> None:
    file = tmp_path / "proxies.txt"
    file.write_text("127.0.0.1:9\n", encoding="utf-8")
    good = f"socks5://127.0.0.1:{socks5().port}\n"

    async def change() -> None:
        await asyncio.sleep(0.5)
        file.write_text(good, encoding="utf-8")

    changing = asyncio.ensure_future(change())
    crawled = await crawl(
        settings=settings(ECOM_PROXIES={"mine": str(file)}, ECOM_PROXIES_PATIENCE_SECONDS=60.0),
        urls=str(url_list(f"http://127.0.0.1:{shop.port}/{number}" for number in range(2))),
        **FAST,
    )
    await deferred_from_coro(changing)

    assert (crawled.verdict.exit_code, crawled.verdict.facts.stored) == (0, 2)


@pytest_twisted.ensureDeferred
async def test_nothing_goes_out_directly_whatever_downloader_there_is(
    crawl: Callable[..., Awaitable[Any]], shop: Any, url_list: Callable[..., Path]
) -> None:
    crawled = await crawl(
        settings=settings("127.0.0.1:9", DOWNLOADER=ScrapyDownloader, ROBOTSTXT_OBEY=False),
        urls=str(url_list([f"http://127.0.0.1:{shop.port}/1"])),
        **FAST,
    )

    assert crawled.verdict.facts.stored == 0
    assert shop.seen == []


@pytest.mark.parametrize("kind", ["socks5", "http"])
@pytest_twisted.ensureDeferred
async def test_the_embedded_demo_shop_is_reached_by_its_port(
    kind: str,
    crawl: Callable[..., Awaitable[Any]],
    forward_proxy: Callable[..., list[int]],
    socks5: Callable[..., Any],
    connected: list[int],
) -> None:
    port = socks5().port if kind == "socks5" else forward_proxy()[0]

    crawled = await crawl(settings=settings(f"{kind}://127.0.0.1:{port}"), **{"proxies.list": "mine"})

    assert (crawled.verdict.exit_code, crawled.verdict.facts.stored) == (0, 12)
    assert crawled.counts().requests == 13
    assert set(connected) == {port}


@pytest.mark.parametrize(("sticky", "sessions"), [("no", [1] * 8), ("page", [1, 1, 1, 1, 2, 2]), ("crawl", [8])])
@pytest_twisted.ensureDeferred
async def test_sessions_of_a_gateway(
    sticky: str,
    sessions: list[int],
    crawl: Callable[..., Awaitable[Any]],
    serving: Callable[..., Any],
    url_list: Callable[..., Path],
) -> None:
    asked: dict[str, list[str]] = {}

    async def gateway(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).decode():
            url = head.split(" ")[1]
            (said,) = (line for line in head.split("\r\n") if line.lower().startswith("proxy-authorization: basic "))
            user, _, password = b64decode(said.split()[-1]).decode().partition(":")
            assert password == "secret"
            asked.setdefault(user.removeprefix("me-session-"), []).append(url)
            if url.endswith("/old"):
                writer.write(answer(b"", "Location: /new\r\n").replace(b"200 OK", b"302 Found"))
            else:
                writer.write(answer(PAGE if "robots" not in url else b""))

    urls = url_list(f"http://shop.example/{name}" for name in ("1", "old", "2", "3", "a/old"))
    gate = f"http://me-session-{{session}}:secret@127.0.0.1:{serving(gateway).port}"

    crawled = await crawl(settings=settings(gate), urls=str(urls), **{**FAST, "proxies.sticky": sticky})

    assert crawled.verdict.facts.stored == 5
    assert sorted(map(len, asked.values())) == sessions


@pytest_twisted.ensureDeferred
async def test_endpoints_go_by_proxies_too(
    crawl: Callable[..., Awaitable[Any]],
    demo_shop: Callable[..., Any],
    socks5: Callable[..., Any],
    url_list: Callable[..., Path],
    connected: list[int],
) -> None:
    shop = demo_shop("--products", "64", "--small", "--fault", "banned:first=1@2")
    proxies = [socks5().port for _ in range(2)]

    crawled = await crawl(
        FetchSpider,
        settings(*(f"socks5://127.0.0.1:{port}" for port in proxies)),
        urls=str(url_list(shop.listing(page) for page in (1, 2, 3))),
        **FAST,
    )

    assert crawled.verdict.exit_code == 0
    assert [page.attempts for page in crawled.pages()] == [1, 2, 1]
    assert set(connected) <= set(proxies)

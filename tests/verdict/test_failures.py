"""The reason of what really goes wrong between us and a shop, on loopback sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_twisted
from scrapy.exceptions import IgnoreRequest, NotSupported
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.pace.outcomes import SiteGivenUp
from ecomscraper.robots.middleware import ForbiddenByRobots
from ecomscraper.robots.rules import Refusal
from ecomscraper.verdict.failures import reason_of

URL = "http://shop.example/"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
BODY = b"<title>Shop</title>"
LINGER_NOT = struct.pack("ii", 1, 0)
QUICK = {
    "DOWNLOAD_DELAY": 0,
    "RETRY_TIMES": 0,
    "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.01,
    "ROBOTSTXT_OBEY": False,
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_TIMEOUT": 0.5,
    "DOWNLOAD_MAXSIZE": 10_000,
    "REDIRECT_MAX_TIMES": 3,
    "LOG_ENABLED": False,
}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the path asks for."""
    first = await reader.read(1)
    if first == b"\x16":  # a TLS greeting; we speak none
        writer.write(ANSWER)
        writer.close()
        return
    request = first + await reader.readuntil(b"\r\n\r\n")
    path = request.split(b" ", 2)[1].decode()
    match path:
        case "/reset":
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        case "/silent":
            await reader.read()  # until the client has enough
        case "/short":
            writer.write(ANSWER + b"Content-Length: 1000\r\n\r\n" + BODY)
        case "/large":
            writer.write(ANSWER + b"Content-Length: 20000\r\n\r\n" + b"x" * 20_000)
        case "/loop":
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n")
        case "/404" | "/503":
            writer.write(f"HTTP/1.1 {path[1:]} No\r\nContent-Length: 0\r\n\r\n".encode())
        case "/untitled":
            writer.write(ANSWER + b"Content-Length: 4\r\n\r\n<p>x")
        case _:
            writer.write(ANSWER + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
    writer.close()


@pytest_twisted.async_yield_fixture
async def shop() -> AsyncIterator[str]:
    """host:port of a shop where each path goes wrong in its own way."""
    server = await deferred_from_coro(asyncio.start_server(answer, "127.0.0.1", 0))
    host, port = server.sockets[0].getsockname()
    yield f"{host}:{port}"
    server.close()
    await deferred_from_coro(server.wait_closed())


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of ours at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_each_page_fails_with_its_own_reason(crawl, shop: str, closed_port: int, tmp_path) -> None:
    expected = {
        f"http://{shop}/good": None,
        f"http://{shop}/reset": "connection_lost",
        f"http://{shop}/silent": "timeout",
        f"http://{shop}/short": "truncated",
        f"http://{shop}/large": "too_large",
        f"http://{shop}/loop": "redirect_loop",
        f"http://{shop}/404": "http_404",
        f"http://{shop}/503": "http_503",
        f"http://{shop}/untitled": "no_title",
        f"https://{shop}/": "tls",
        f"http://127.0.0.1:{closed_port}/": "connection_refused",
        "http://nonexistent.invalid/": "dns",
        f"http://{shop}/good?again": None,
    }
    (tmp_path / "urls.txt").write_text("\n".join(expected))
    crawled = await crawl(settings=QUICK, urls=str(tmp_path / "urls.txt"))
    assert {page.url: page.reason for page in crawled.pages()} == expected
    assert [row.page for row in crawled.rows()] == [1, 13]
    assert all(page.detail for page in crawled.pages() if page.status == "failed")
    assert crawled.verdict.exit_code == 3


@pytest.mark.parametrize(
    ("exception", "reason"),
    [
        (ForbiddenByRobots(Refusal(URL, f"{URL}robots.txt", False, "does not allow it")), "robots"),
        (ForbiddenByRobots(Refusal(URL, f"{URL}robots.txt", True, "answered 503")), "robots_unreachable"),
        (SiteGivenUp("shop.example"), "blocked"),
        (IgnoreRequest("max redirections reached"), "redirect_loop"),
        (IgnoreRequest("filtered offsite request"), "offsite"),
        (IgnoreRequest("somebody's middleware"), "dropped"),
        (HttpError(Response(URL, status=418)), "http_418"),
        (NotSupported("Unsupported URL scheme 'gopher'"), "bad_url"),
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "connection_lost"),
        (ZeroDivisionError(), "bug"),
        (ValueError("a bug of ours"), "bug"),
    ],
)
def test_the_reason_of_an_exception(exception: Exception, reason: str) -> None:
    assert reason_of(exception) == reason


def test_an_error_of_the_tls_library_is_tls_however_it_is_wrapped() -> None:
    class WrappedError(Exception):
        reasons: Any

    from OpenSSL.SSL import Error

    wrapped = WrappedError()
    wrapped.reasons = [SimpleNamespace(value=Error([("SSL routines", "", "wrong version number")]))]
    assert reason_of(wrapped) == "tls"

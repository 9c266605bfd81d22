"""What a shop sees of us, byte by byte: our own name, or a browser's headers; cookies; the request that comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.identity.browsers import browsers_of

QUICK = {"limits.concurrency": "1", "limits.delay_seconds": "0", "limits.throttle": "fixed"}
PAGE = b"<html><head><title>Shop</title></head><body><h1>A page of the shop</h1></body></html>"


@dataclass
class Asked:
    """One request as it came."""

    line: str
    headers: list[tuple[str, str]]
    body: str = ""

    def get(self, name: str) -> str | None:
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)


@dataclass
class Shop:
    """A shop that sets a cookie, redirects /old to /new, and lets in whoever knows the password."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)

    def pages(self) -> list[Asked]:
        return [each for each in self.asked if "robots.txt" not in each.line]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@pytest.fixture
def shop(serving: Callable[..., Any]) -> Shop:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
            headers = [(name, value) for name, _, value in (line.partition(": ") for line in head[1:])]
            asked = Asked(head[0], headers)
            asked.body = (await reader.readexactly(int(asked.get("Content-Length") or 0))).decode()
            made.asked.append(asked)
            status, more, body = "200 OK", "", PAGE
            if "/old " in asked.line:
                status, more, body = "302 Found", "Location: /new\r\n", b""
            elif "/login " in asked.line:
                knows = asked.body == "user=me&password=open+sesame"
                status, more = ("200 OK", "Set-Cookie: session=7; Path=/\r\n") if knows else ("403 Forbidden", "")
            elif "robots" in asked.line:
                body = b""
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode()
            )
            writer.write(body)

    made = Shop()
    made.port = serving(serve).port
    return made


async def crawled(
    crawl: Callable[..., Awaitable[Any]], shop: Shop, tmp_path: Path, paths: str, **arguments: str
) -> Any:
    file = tmp_path / "urls.txt"
    file.write_text("\n".join(shop.url(path) for path in paths.split()), encoding="utf-8")
    return await crawl(urls=str(file), **QUICK, **arguments)


@pytest_twisted.ensureDeferred
async def test_we_say_who_we_are(crawl: Any, shop: Shop, tmp_path: Path) -> None:
    await crawled(crawl, shop, tmp_path, "1")

    for asked in shop.asked:
        agent = asked.get("User-Agent")
        assert agent is not None
        assert agent.startswith("ecomscraper/")
        assert "(+https://" in agent
        assert asked.get("Cookie") is None


@pytest_twisted.ensureDeferred
async def test_a_browsers_headers_in_its_order(crawl: Any, shop: Shop, tmp_path: Path) -> None:
    arguments = {"identity.browser": "firefox", "headers.Accept-Language": "de-DE,de;q=0.8", "headers.X-Shop": "1"}
    done = await crawled(crawl, shop, tmp_path, "1 old", **arguments)

    assert done.verdict.exit_code == 0
    robots, first, old, new = shop.asked
    assert (robots.get("User-Agent") or "").startswith("ecomscraper/")
    assert [name.lower() for name, _ in first.headers] == [
        "host",
        "user-agent",
        "accept",
        "accept-language",
        "accept-encoding",
        "upgrade-insecure-requests",
        "priority",
        "x-shop",
    ]
    known = [dict(browser.headers)["User-Agent"] for browser in browsers_of("firefox")]
    assert first.get("User-Agent") in known
    assert first.get("Accept-Language") == "de-DE,de;q=0.8"
    assert (old.line, new.line) == ("GET /old HTTP/1.1", "GET /new HTTP/1.1")
    assert old.headers == new.headers  # nobody changes the browser on the way


@pytest_twisted.ensureDeferred
async def test_browsers_take_turns_from_page_to_page(crawl: Any, shop: Shop, tmp_path: Path) -> None:
    await crawled(crawl, shop, tmp_path, " ".join(map(str, range(30))), **{"identity.browser": "any"})
    agents = [asked.get("User-Agent") for asked in shop.pages()]
    assert len(set(agents)) > 3
    shop.asked.clear()

    arguments = {"identity.browser": "any", "identity.keep_cookies": "true"}
    await crawled(crawl, shop, tmp_path, " ".join(map(str, range(30))), **arguments)
    assert len({asked.get("User-Agent") for asked in shop.pages()}) == 1


@pytest.mark.parametrize(("keeps", "sent"), [("false", "currency=EUR"), ("true", "currency=EUR")])
@pytest_twisted.ensureDeferred
async def test_cookies_of_the_profile(keeps: str, sent: str, crawl: Any, shop: Shop, tmp_path: Path) -> None:
    arguments = {"cookies.currency": "EUR", "identity.keep_cookies": keeps}
    await crawled(crawl, shop, tmp_path, "1 old", **arguments)

    assert [asked.get("Cookie") for asked in shop.pages()] == [sent] * 3


@pytest_twisted.ensureDeferred
async def test_a_session_begins_with_the_first_request(crawl: Any, shop: Shop, tmp_path: Path) -> None:
    arguments = {
        "identity.keep_cookies": "true",
        "first_request.url": shop.url("login"),
        "first_request.form.user": "me",
        "first_request.form.password": "open sesame",
    }
    done = await crawled(crawl, shop, tmp_path, "1 2", **arguments)

    assert done.verdict.exit_code == 0
    login, *pages = shop.pages()
    assert login.line == "POST /login HTTP/1.1"
    assert [asked.get("Cookie") for asked in pages] == ["session=7", "session=7"]


@pytest_twisted.ensureDeferred
async def test_without_a_session_nothing_is_asked_for(
    crawl: Any, shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    arguments = {
        "identity.keep_cookies": "true",
        "first_request.url": shop.url("login"),
        "first_request.form.password": "s3cret",
    }
    done = await crawled(crawl, shop, tmp_path, "1 2", **arguments)

    assert done.verdict.exit_code == 4
    assert (done.verdict.facts.stored, done.verdict.facts.pending) == (0, 2)
    assert [asked.line for asked in shop.pages()] == ["POST /login HTTP/1.1"]
    assert f"The first request, {shop.url('login')}, failed: HTTP 403" in caplog.messages
    assert "s3cret" not in caplog.text

"""A shop whose pages are rendered and compressed before it starts, so that no client waits for its server.

    python tests/benchmarks/page_server.py --pages 1000 [--latency 0.05] [--small] [--core 1]

Prints its listing's URL, and serves until it is ended. The pages are the demo shop's, with as large a menu as makes
them 117 kB; `--small` leaves its own small ones as they are. Every answer is one write.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import random

from ecomscraper.demo.options import ROBOTS_ALLOW_ALL, ShopOptions
from ecomscraper.demo.storefront import Storefront

PAGE_BYTES = 117_000
_END = b"</body>"


class Pages:
    """All answers of the shop, by the target of the request."""

    def __init__(self, pages: int, *, small: bool) -> None:
        storefront = Storefront(ShopOptions(products=16 * pages, small=small))
        self.answers = {b"/robots.txt": _answer(ROBOTS_ALLOW_ALL.encode(), b"text/plain")}
        for page in range(1, pages + 1):
            path = "/ecommerce/" if page == 1 else f"/ecommerce/page/{page}/"
            body = storefront.answer(path).document.body
            page_bytes = body if small else _with_menu(body, random.Random(page))
            self.answers[path.encode()] = _answer(page_bytes, b"text/html; charset=UTF-8")
        self.missing = _answer(b"not here", b"text/plain", b"404 Not Found")


class Connection(asyncio.Protocol):
    """One client's. Requests have no body, and may come several at once."""

    def __init__(self, pages: Pages, latency_seconds: float) -> None:
        self._pages = pages
        self._latency = latency_seconds
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            target = request.split(b" ", 2)[1]
            answer = self._pages.answers.get(target, self._pages.missing)
            if self._latency:
                self._loop.call_later(self._latency, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _with_menu(body: bytes, rng: random.Random) -> bytes:
    """A menu at the page's end, of links that are different on each page, as filters are."""
    entries = [b'<nav class="mega-menu"><ul>']
    left = PAGE_BYTES - len(body)
    while left > 0:
        number = rng.randrange(1_000_000)
        entry = b'<li class="menu-item menu-item-%d"><a href="/ecommerce/filter/%x/">Filter %d</a></li>\n' % (
            number, rng.getrandbits(48), number,
        )  # fmt: skip
        entries.append(entry)
        left -= len(entry)
    before, _, after = body.rpartition(_END)
    return before + b"".join(entries) + b"</ul></nav>" + _END + after


def _answer(body: bytes, kind: bytes, status: bytes = b"200 OK") -> bytes:
    packed = gzip.compress(body, 6)
    return (
        b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n"
        b"Vary: Accept-Encoding\r\nServer: pages\r\n\r\n" % (status, kind, len(packed))
    ) + packed


async def serve(pages: Pages, latency_seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pages, latency_seconds), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ecommerce/", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--core", type=int, help="the processor core to run on")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    asyncio.run(serve(Pages(options.pages, small=options.small), options.latency))

"""Demo shops of their own process, for whole crawls of other hosts than the embedded one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

SHOWN_LOG = 5_000  # characters of a log that a failed test shows
_DEMO_SHOP = re.compile(r"Demo shop: (http://127\.0\.0\.1:\d+)/ecommerce/ ")


@dataclass(frozen=True)
class Shop:
    """A demo shop in a process of its own."""

    address: str  # http://127.0.0.1:PORT
    process: subprocess.Popen[str]

    @property
    def host(self) -> str:
        return self.address.removeprefix("http://")

    def listing(self, page: int = 1) -> str:
        """The URL of a listing page that answers without a redirect."""
        return f"{self.address}/ecommerce/" if page == 1 else f"{self.address}/ecommerce/page/{page}/"

    def counts(self) -> dict[str, Any]:
        """What it was asked, from its own mouth."""
        with urllib.request.urlopen(f"{self.address}/_demo/counts", timeout=10) as answer:
            counts: dict[str, Any] = json.load(answer)
            return counts

    def plan(self) -> dict[str, Any]:
        """Path → the fault of that page, as `FaultPlan.as_json` gives it."""
        with urllib.request.urlopen(f"{self.address}/_demo/plan", timeout=30) as answer:
            pages: dict[str, Any] = json.load(answer)["pages"]
            return pages

    def reset(self) -> None:
        """Count anew."""
        request = urllib.request.Request(f"{self.address}/_demo/reset", method="POST")
        urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture
def demo_shop(start_scrapy: Callable[..., subprocess.Popen[str]]) -> Callable[..., Shop]:
    """`demo_shop("--products", "960", …)` serves on a free port until the test's end; see `scrapy demo --help`."""

    def start(*options: str) -> Shop:
        process = start_scrapy("demo", "--port", "0", *options)
        assert process.stdout is not None
        said = _DEMO_SHOP.match(process.stdout.readline())
        assert said is not None, "the demo shop did not start"
        return Shop(said[1], process)

    return start


@dataclass(frozen=True)
class Run:
    """A crawl in a process of its own, with its log in a file."""

    process: subprocess.Popen[str]
    log_path: Path

    def when_asked(self, shop: Shop, requests: int) -> bool:
        """Wait until the shop was asked so often, robots.txt included; False where the crawl ended before that."""
        return self.when(lambda: shop.counts()["requests"] >= requests)

    def when(self, holds: Callable[[], bool]) -> bool:
        """Wait until `holds()`, up to five minutes; False where the crawl ended before that."""
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            if holds():
                return True
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
                return False
        raise TimeoutError(f"the crawl went on without it:\n{self.log[-SHOWN_LOG:]}")

    def kill(self) -> None:
        """`kill -9`, and wait until it is dead."""
        self.process.kill()
        self.process.wait(10)

    def end(self, timeout: float = 60) -> int:
        """Its exit code, once it ended."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the crawl did not end within {timeout:g} s:\n{self.log[-SHOWN_LOG:]}") from None

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8")

    @property
    def last_line(self) -> str:
        return self.log.splitlines()[-1]


@pytest.fixture
def start_crawl(start_scrapy: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> Callable[..., Run]:
    """`start_crawl(shop, "-a", "pages=2-", …, spider=…, command="workers", env=…)` crawls `shop` in its own process."""
    numbers = count(1)

    def start(shop: Shop, *args: str, spider: str = "ecommerce", command: str = "crawl", **options: Any) -> Run:
        log_path = tmp_path / f"crawl-{next(numbers)}.log"
        with log_path.open("w", encoding="utf-8") as log:
            process = start_scrapy(
                command, spider, "-a", f"start={shop.listing()}", *args,
                stdout=subprocess.DEVNULL, stderr=log, **options,
            )  # fmt: skip
        return Run(process, log_path)

    return start


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A server on the asyncio loop of the tests."""

    port: int
    seen: list[bytes] = field(default_factory=list)
    """What came first on each connection."""


@pytest.fixture
def serving(on_loop: Callable[..., Any]) -> Iterator[Callable[..., Server]]:
    """`serving(handler, ssl=…)`: a server of streams until the test's end; `handler(reader, writer)` is a coroutine."""
    servers: list[asyncio.Server] = []

    def start(handler: Serve, context: ssl.SSLContext | None = None) -> Server:
        async def begin() -> asyncio.Server:
            async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                    await handler(reader, writer)
                writer.close()

            return await asyncio.start_server(handled, "127.0.0.1", 0, ssl=context)

        servers.append(on_loop(begin()))
        return Server(servers[-1].sockets[0].getsockname()[1])

    yield start

    async def end(server: asyncio.Server) -> None:
        server.close()

    for server in servers:
        on_loop(end(server))

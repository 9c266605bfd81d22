from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.shop import DemoShop


@dataclass
class Reply:
    """What a client saw: `ending` is closed, reset or silent (nothing came for a while)."""

    raw: bytes
    ending: str

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    def header(self, name: str) -> str | None:
        for line in self.head.split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


@dataclass
class Served:
    """A shop in a thread of its own, and a client that hides nothing."""

    shop: DemoShop
    port: int
    stop: Callable[[], None]
    open: list[socket.socket] = field(default_factory=list)

    def connect(self, timeout: float = 5) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout)
        self.open.append(connection)
        return connection

    def ask(
        self,
        target: str,
        *headers: str,
        method: str = "GET",
        host: str = "demo.localhost",
        silence: float = 5,
        at_most: int = 1 << 30,
    ) -> Reply:
        """Send one request and read until the end, `silence` seconds without a byte, or `at_most` bytes."""
        connection = self.connect(silence)
        lines = (f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers)
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        raw, ending = bytearray(), "unread"
        while len(raw) < at_most:
            try:
                data = connection.recv(1 << 16)
            except TimeoutError:
                ending = "silent"
                break
            except ConnectionResetError:
                ending = "reset"
                break
            if not data:
                ending = "closed"
                break
            raw += data
        connection.close()
        return Reply(bytes(raw), ending)

    def get(self, target: str) -> str:
        """The text of a page that is answered with 200."""
        reply = self.ask(target)
        assert reply.status == 200
        return reply.body.decode()

    def send(self, target: str) -> socket.socket:
        """A connection on which one request was sent and nothing was read."""
        connection = self.connect()
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: demo.localhost\r\n\r\n".encode())
        return connection

    def asked(self) -> dict[str, Any]:
        """The shop's counts, over HTTP."""
        return self._json("/_demo/counts")

    def plan(self) -> dict[str, Any]:
        return self._json("/_demo/plan")

    def _json(self, path: str) -> dict[str, Any]:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        client.request("GET", path)
        answer: dict[str, Any] = json.loads(client.getresponse().read())
        client.close()
        return answer

    def asked_when(self, in_flight: int) -> dict[str, Any]:
        """The counts once so many requests are in flight: the shop notices a new or lost client a little later."""
        deadline = time.monotonic() + 10
        while (counts := self.asked())["in_flight"] != in_flight:
            assert time.monotonic() < deadline, f"{counts['in_flight']} in flight"
        return counts


@pytest.fixture
def serve(on_loop: Callable[[Coroutine[Any, Any, Any]], Any]) -> Iterator[Callable[..., Served]]:
    """Starts shops: `serve(small=True)` takes the options of ShopOptions."""
    running: list[Served] = []

    def start(**options: Any) -> Served:
        shop = DemoShop(ShopOptions(**options))
        port = on_loop(shop.start())
        running.append(Served(shop, port, lambda: on_loop(shop.stop())))
        return running[-1]

    yield start
    for served in running:
        for connection in served.open:
            connection.close()
        served.stop()

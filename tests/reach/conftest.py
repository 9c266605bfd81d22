"""An Internet of our own: names, a public address and a trap, all on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
import pytest_twisted
from scrapy.utils.defer import deferred_from_coro
from twisted.internet._resolver import GAIResolver

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Internet:
    """Answers of name servers and of the one shop at the public address, and what was connected."""

    public: ClassVar[str] = "93.184.215.14"
    port: int
    """At which the shop and the trap listen."""
    addresses: dict[str, list[list[str]]] = field(default_factory=dict)
    """Host → its addresses at the first, the second … look-up; the last ones stay. Other hosts: the public one."""
    answers: Callable[[str, str], bytes] = lambda host, path: NOT_FOUND
    """(host, path) → what the shop sends; each connection is closed after its answer."""
    looked_up: Counter[str] = field(default_factory=Counter)
    connected: Counter[str] = field(default_factory=Counter)
    """Addresses for which the crawl asked the operating system."""
    trapped: int = 0
    """Connections that a listener at 127.0.0.1 has seen and that were not meant for the public address."""

    @staticmethod
    def page(title: str) -> bytes:
        body = f"<title>{title}</title>".encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return head.encode() + body

    @staticmethod
    def redirect(location: str) -> bytes:
        head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "
        return head + location.encode() + b"\r\n\r\n"

    def getaddrinfo(self, host: str, port: int, *_: Any) -> list[Any]:
        answers = self.addresses.get(host, [[self.public]])
        self.looked_up[host] += 1
        found = answers[min(self.looked_up[host], len(answers)) - 1]
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 0, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))
            for address in found
        ]


@pytest_twisted.async_yield_fixture
async def internet(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Internet]:
    from twisted.internet import reactor

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split(" ", 2)[1]
        host = next(line[6:] for line in request.split("\r\n") if line.lower().startswith("host: "))
        writer.write(world.answers(host, path))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def trap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        world.trapped += 1
        writer.write(world.page("Secrets"))
        writer.close()

    shop = await deferred_from_coro(asyncio.start_server(answer, "127.0.0.1", 0))
    trapping = await deferred_from_coro(asyncio.start_server(trap, "127.0.0.1", 0))
    world = Internet(trapping.sockets[0].getsockname()[1])
    shop_port = shop.sockets[0].getsockname()[1]
    connect = reactor.connectTCP

    def route(host: str, port: int, *args: Any, **options: Any) -> Any:
        world.connected[host] += 1
        return connect("127.0.0.1", shop_port if host == world.public else port, *args, **options)

    monkeypatch.setattr(reactor, "connectTCP", route)
    resolver = reactor.installNameResolver(GAIResolver(reactor, getaddrinfo=world.getaddrinfo))
    yield world
    reactor.installNameResolver(resolver)
    for server in (shop, trapping):
        server.close()
        await deferred_from_coro(server.wait_closed())

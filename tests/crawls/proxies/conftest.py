"""Real proxies on loopback: forward proxies of proxy.py in processes of their own, and SOCKS5 with asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def forward_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[int]]]:
    """`forward_proxy("--basic-auth", "user:password", ports=1)` starts proxy.py; the ports that it listens at."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str, ports: int = 1) -> list[int]:
        folder = tmp_path_factory.mktemp("proxy")
        file = folder / "ports"
        more = ("--ports", *("0",) * ports) if ports > 1 else ()  # it takes one of them for `--port`
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", *more),
                *("--port-file", str(file), "--num-workers", "1", "--num-acceptors", "1", "--log-level", "CRITICAL"),
                *("--data-dir", str(folder), "--timeout", "60", *options),
            ],
            env=os.environ | {"PYTHONPATH": str(HERE)},
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        started.append(process)
        ends = time.monotonic() + 20
        while not file.exists() or len(found := file.read_text().split()) < ports:
            assert process.poll() is None, "proxy.py did not start"
            assert time.monotonic() < ends, "proxy.py did not listen"
            time.sleep(0.02)
        return [int(port) for port in found]

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(20)


async def piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    """Carry bytes between a client and `host` until one of both ends."""
    its_reader, its_writer = await asyncio.open_connection(host, port)

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        target.close()

    await asyncio.gather(carry(reader, its_writer), carry(its_reader, writer))


@pytest.fixture
def socks5(serving: Callable[..., Any]) -> Callable[..., Any]:
    """`socks5(user, password)` is a SOCKS5 proxy (RFC 1928, 1929); `seen` has the names that were asked for."""

    def start(user: str | None = None, password: str = "") -> Any:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            _, count = await reader.readexactly(2)
            methods = await reader.readexactly(count)
            method = 0 if user is None else 2
            writer.write(bytes([5, method if method in methods else 0xFF]))
            if method not in methods:
                return
            if user is not None:
                said = [await reader.readexactly((await reader.readexactly(skip))[-1]) for skip in (2, 1)]
                is_known = said == [user.encode(), password.encode()]
                writer.write(bytes([1, 0 if is_known else 1]))
                if not is_known:
                    return
            kind = (await reader.readexactly(4))[3]
            if kind == 1:
                host = str(IPv4Address(await reader.readexactly(4)))
            else:
                host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            port = int.from_bytes(await reader.readexactly(2), "big")
            server.seen.append(f"{host}:{port}".encode())
            writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
            await piped(reader, writer, "127.0.0.1", port)

        server = serving(serve)
        return server

    return start


@pytest.fixture
def hanging(serving: Callable[..., Any]) -> Any:
    """Takes connections, and never says a word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass

    return serving(serve)


@pytest.fixture
def over_tls(serving: Callable[..., Any], certificate: ssl.SSLContext) -> Callable[[int], int]:
    """`over_tls(port)` is another port, at which the same server speaks TLS."""

    def front(port: int) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await piped(reader, writer, "127.0.0.1", port)

        return serving(serve, certificate).port

    return front


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that this process connected to with Twisted."""
    from twisted.internet import reactor

    ports: list[int] = []
    connect = reactor.connectTCP

    def watched(host: str, port: int, *args: Any, **options: Any) -> Any:
        ports.append(port)
        return connect(host, port, *args, **options)

    monkeypatch.setattr(reactor, "connectTCP", watched)
    return ports

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_twisted
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.exceptions import DownloadTimeoutError
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.pace.timeouts import TimeLimits, TryTimes

if TYPE_CHECKING:
    from conftest import VirtualClock

LIMITS = TimeLimits(connect_seconds=10, read_seconds=15, total_seconds=30)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


# ---- the rule ----


def test_a_try_that_does_not_connect(clock: VirtualClock) -> None:
    times = TryTimes(LIMITS, clock)
    clock.pass_(9.9)
    assert times.exceeded() is None
    clock.pass_(0.1)
    assert times.exceeded() == "connect timeout: no connection within 10 s"


def test_a_try_that_hears_nothing(clock: VirtualClock) -> None:
    times = TryTimes(LIMITS, clock)
    clock.pass_(8)
    times.heard()
    clock.pass_(14.9)
    assert times.exceeded() is None
    clock.pass_(0.1)
    assert times.exceeded() == "read timeout: not a byte for 15 s"


def test_a_try_that_hears_little(clock: VirtualClock) -> None:
    times = TryTimes(LIMITS, clock)
    for _ in range(29):
        times.heard()
        clock.pass_(1)
        assert times.exceeded() is None
    times.heard()
    clock.pass_(1)
    assert times.exceeded() == "total timeout: not complete after 30 s"


def test_a_try_that_connects_anew(clock: VirtualClock) -> None:
    times = TryTimes(LIMITS, clock)
    times.heard()
    clock.pass_(9)
    times.connecting()
    clock.pass_(9.5)
    assert times.exceeded() is None
    clock.pass_(0.5)
    assert times.exceeded() == "connect timeout: no connection within 10 s"


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_limits_are_positive(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"read_seconds = .*, must be > 0"):
        TimeLimits(connect_seconds=1, read_seconds=wrong, total_seconds=1)


_SECONDS = st.integers(1, 6400).map(lambda number: number / 64)  # these add up exactly
_EVENTS = st.lists(st.tuples(_SECONDS, st.booleans()), max_size=8)


@given(st.builds(TimeLimits, _SECONDS, _SECONDS, _SECONDS), _EVENTS)
def test_looking_again_when_told_misses_no_limit(
    new_clock: type[VirtualClock], limits: TimeLimits, events: list[tuple[float, bool]]
) -> None:
    """Whatever happens in between, no limit is passed before the next look, and the last look finds one reached."""
    clock = new_clock()
    times = TryTimes(limits, clock)
    for pause, heard in events:
        seconds = times.look_again_seconds()
        if pause < seconds:
            clock.pass_(pause)
            assert times.exceeded() is None
            times.heard() if heard else times.connecting()
        else:
            clock.pass_(seconds)
    looks = 0
    while not times.exceeded():
        clock.pass_(times.look_again_seconds())
        looks += 1
    assert looks <= limits.connect_seconds / limits.read_seconds + 2


# ---- on sockets ----

Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answers each request as `act` does, and knows when the other side has closed a connection."""

    def __init__(self) -> None:
        self.acts: dict[str, Act] = {}
        self.closed = asyncio.Event()
        self.asked: list[str] = []
        self.connections = 0
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                path = request.split(b" ", 2)[1].decode()
                self.asked.append(path)
                acting = asyncio.ensure_future(self.acts[path](writer))
                if path != "/whole":
                    try:
                        await reader.read()
                    finally:  # a connection may also end by a reset
                        acting.cancel()
                    break
                await acting
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        self.closed.set()


async def silence(writer: asyncio.StreamWriter) -> None:
    pass


async def whole(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"<title>A page</title>".ljust(100))


def stalls_after(part: bytes) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(part)

    return act


def drips(head: bytes) -> Act:
    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.05)

    return act


@pytest_twisted.async_yield_fixture
async def server() -> AsyncIterator[Server]:
    serving = Server()
    listening = await deferred_from_coro(asyncio.start_server(serving.answer, "127.0.0.1", 0))
    serving.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield serving
    listening.close()
    await deferred_from_coro(listening.wait_closed())


@pytest.fixture
def unaccepting_url() -> Iterator[str]:
    """Of a listener whose queue is full: the operating system answers no further connection."""
    with socket.socket() as listener, ExitStack() as queued:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fill_queue(listener, queued)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def fill_queue(listener: socket.socket, queued: ExitStack) -> None:
    """Connections that nobody takes, one more than a queue of length 0 holds, and some."""
    for _ in range(3):
        waiting = queued.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())


class OneByOne(Spider):
    name = "one_by_one"

    async def start(self):
        for url in self.urls:
            try:
                response = await self.crawler.engine.download_async(Request(url, meta=self.meta))
                self.ends.append(response.body.strip().decode())
            except DownloadTimeoutError as error:
                self.ends.append(str(error))
        return
        yield


EndsOf = Callable[..., Awaitable[list[str]]]


@pytest.fixture(params=["download_handler.HTTP11DownloadHandler", "curl_handler.CurlDownloadHandler"])
def ends_of(request: pytest.FixtureRequest) -> EndsOf:
    """The body, or the words of the timeout, of each URL, by either client."""

    async def ask(urls: list[str], meta: dict[str, object] | None = None, **settings: float) -> list[str]:
        handler = f"ecomscraper.reach.{request.param}"
        own = {
            "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "RETRY_ENABLED": False,
            "ECOM_TIMEOUT_CONNECT_SECONDS": 5,
            "ECOM_TIMEOUT_READ_SECONDS": 5,
            "DOWNLOAD_TIMEOUT": 5,
        }
        runner = AsyncCrawlerRunner(own | settings)
        ends: list[str] = []
        await deferred_from_coro(runner.crawl(OneByOne, urls=urls, ends=ends, meta=meta or {}))
        return ends

    return ask


@pytest.mark.parametrize(
    "act",
    [silence, *map(stalls_after, (HEAD[:20], HEAD, HEAD + b"half", UNTIL_CLOSED + b"half"))],
    ids=["no byte", "half the head", "no body", "half the body", "half a body without length"],
)
@pytest_twisted.ensureDeferred
async def test_a_stall_ends_as_read_timeout_and_closes_the_connection(
    server: Server, act: Act, ends_of: EndsOf
) -> None:
    server.acts = {"/": act}

    ends = await ends_of([f"{server.url}/"], ECOM_TIMEOUT_READ_SECONDS=0.2)
    await deferred_from_coro(asyncio.wait_for(server.closed.wait(), 5))

    assert ends == ["read timeout: not a byte for 0.2 s"]
    assert server.asked == ["/"]


@pytest.mark.parametrize("head", [HEAD, UNTIL_CLOSED, b""], ids=["body", "body without length", "head"])
@pytest_twisted.ensureDeferred
async def test_a_drip_passes_the_read_timeout_and_ends_as_total(server: Server, head: bytes, ends_of: EndsOf) -> None:
    server.acts = {"/": drips(head)}

    ends = await ends_of([f"{server.url}/"], ECOM_TIMEOUT_READ_SECONDS=0.5, DOWNLOAD_TIMEOUT=1)
    await deferred_from_coro(asyncio.wait_for(server.closed.wait(), 5))

    assert ends == ["total timeout: not complete after 1 s"]


@pytest_twisted.ensureDeferred
async def test_a_kept_connection_is_watched_as_well(server: Server, ends_of: EndsOf) -> None:
    server.acts = {"/whole": whole, "/stalls": stalls_after(HEAD + b"half")}

    paths = ["/whole", "/whole", "/stalls", "/whole"]
    ends = await ends_of([f"{server.url}{path}" for path in paths], ECOM_TIMEOUT_READ_SECONDS=0.2)

    assert ends == ["<title>A page</title>"] * 2 + ["read timeout: not a byte for 0.2 s", "<title>A page</title>"]
    assert server.asked == paths  # a silent request is not sent again behind our back


@pytest_twisted.ensureDeferred
async def test_a_kept_connection_is_heard(server: Server, ends_of: EndsOf) -> None:
    server.acts = {"/whole": whole, "/drips": drips(HEAD)}

    ends = await ends_of(
        [f"{server.url}/whole", f"{server.url}/drips"], ECOM_TIMEOUT_READ_SECONDS=0.5, DOWNLOAD_TIMEOUT=1
    )

    assert ends == ["<title>A page</title>", "total timeout: not complete after 1 s"]
    assert server.connections == 1


@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_made_anew_has_its_own_time(ends_of: EndsOf) -> None:
    """The kept one turns out to be closed, and nobody takes another: that is no silence."""

    async def serve_once(listener: socket.socket, queued: ExitStack) -> None:
        loop = asyncio.get_running_loop()
        connection, _ = await loop.sock_accept(listener)
        with connection:
            await loop.sock_recv(connection, 65536)
            fill_queue(listener, queued)
            await loop.sock_sendall(connection, HEAD + b"<title>A page</title>".ljust(100))
            await loop.sock_recv(connection, 65536)

    with socket.socket() as listener, ExitStack() as queued:
        listener.setblocking(False)
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        serving = asyncio.ensure_future(serve_once(listener, queued))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ends = await ends_of([url, url], ECOM_TIMEOUT_CONNECT_SECONDS=0.2, ECOM_TIMEOUT_READ_SECONDS=0.5)
        await deferred_from_coro(serving)

    assert ends == ["<title>A page</title>", "connect timeout: no connection within 0.2 s"]


@pytest_twisted.ensureDeferred
async def test_a_request_may_have_a_total_of_its_own(server: Server, ends_of: EndsOf) -> None:
    server.acts = {"/": silence}

    ends = await ends_of([f"{server.url}/"], {"download_timeout": 0.3})

    assert ends == ["total timeout: not complete after 0.3 s"]


@pytest_twisted.ensureDeferred
async def test_a_connection_that_is_not_taken_ends_as_connect_timeout(unaccepting_url: str, ends_of: EndsOf) -> None:
    ends = await ends_of([unaccepting_url], ECOM_TIMEOUT_CONNECT_SECONDS=0.2)

    assert ends == ["connect timeout: no connection within 0.2 s"]


@pytest_twisted.ensureDeferred
async def test_a_proxy_that_opens_no_tunnel_ends_as_connect_timeout(server: Server, ends_of: EndsOf) -> None:
    server.acts = {"shop.example:443": silence}

    ends = await ends_of(["https://shop.example/"], {"proxy": server.url}, ECOM_TIMEOUT_CONNECT_SECONDS=0.2)
    await deferred_from_coro(asyncio.wait_for(server.closed.wait(), 5))

    assert ends == ["connect timeout: no connection within 0.2 s"]

"""The handler on libcurl sends what the one on Twisted sends, and makes the same of what comes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_twisted
from scrapy import Request, Spider, signals
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.test import get_crawler

from ecomscraper.reach.curl_handler import CurlDownloadHandler
from ecomscraper.reach.download_handler import HTTP11DownloadHandler
from ecomscraper.reach.hosts import Reach
from ecomscraper.reach.outcomes import OutOfReach
from ecomscraper.verdict.failures import reason_of, words_of

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"Content-Length: 2\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
RESET = b"(reset)"
SETTINGS = {
    "ECOM_TIMEOUT_CONNECT_SECONDS": 5,
    "ECOM_TIMEOUT_READ_SECONDS": 5,
    "DOWNLOAD_TIMEOUT": 5,
    "DOWNLOAD_MAXSIZE": 100,
    "DOWNLOAD_WARNSIZE": 50,
    "ECOM_DOWNLOAD_HEADERS_BYTES": 500,
}
Handler = HTTP11DownloadHandler


class Listener:
    """Sends `answer` to each request as it stands and keeps what was sent to it."""

    def __init__(self) -> None:
        self.answer = OK + TWO + b"\r\nok"
        self.sent: list[bytes] = []
        self.connections = 0
        self.open = 0
        self.nobody_is_connected = asyncio.Event()
        self.keeps = False
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                self.sent.append(head + await reader.readexactly(int(length or 0)))
                writer.write(self.answer.removesuffix(RESET))
                await writer.drain()
                if not self.keeps:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        if self.answer.endswith(RESET):
            await asyncio.sleep(0.05)  # what was written before is to be read before
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()
        self.open -= 1
        if not self.open:
            self.nobody_is_connected.set()


@pytest_twisted.async_yield_fixture
async def listener() -> AsyncIterator[Listener]:
    listening = Listener()
    server = await deferred_from_coro(asyncio.start_server(listening.serve, "127.0.0.1", 0))
    listening.port = server.sockets[0].getsockname()[1]
    yield listening
    server.close()
    await deferred_from_coro(server.wait_closed())


MakeHandler = Callable[..., Handler]


@pytest_twisted.async_yield_fixture
async def make() -> AsyncIterator[MakeHandler]:
    """`make(CurlDownloadHandler, SETTING=value)`, closed at the test's end."""
    downloaders = []

    def make_one(kind: type[Handler], **settings: Any) -> Handler:
        path = f"{kind.__module__}.{kind.__qualname__}"
        crawler = get_crawler(Spider, SETTINGS | {"DOWNLOAD_HANDLERS": {"http": path, "https": path}} | settings)
        crawler.spider = Spider("any")
        crawler.engine = crawler._create_engine()
        downloaders.append(crawler.engine.downloader)
        return downloaders[-1].handlers._get_handler("https")

    yield make_one
    for downloader in downloaders:
        downloader.close()
        await deferred_from_coro(downloader.handlers._close())


def ask(handler: Handler, request: Request) -> Awaitable[Response]:
    return deferred_from_coro(handler.download_request(request))


async def outcome(handler: Handler, request: Request) -> tuple[Any, ...]:
    try:
        response = await ask(handler, request)
    except Exception as error:
        return type(error), str(error), reason_of(error), words_of(error)
    return (
        *(type(response), response.url, response.status, list(response.headers.items()), response.body),
        *(response.flags, str(response.ip_address), response.protocol, "download_latency" in request.meta),
    )


def url_of(listener: Listener, rest: str = "/") -> str:
    return f"http://127.0.0.1:{listener.port}{rest}"


# ---- what is sent ----

PATHS = (
    "",
    "/",
    "/a/../b/./c",
    "//a//b",
    "/a;b=c",
    "/?",
    "?x=1",
    "/a?b=c&d=%20e",
    "/ä ö?ü=%zz",
    "/a#b",
    "/a?#b",
    '/%7e|^{}[]\\"<>`',
)
REFUSED = ({"headers": {"X-Ümlaut": "ü"}},)
REQUESTS = (
    *({"url": path} for path in PATHS),
    {"headers": {"User-Agent": "me", "Accept": "text/html", "accept-language": "de, en;q=0.5"}},
    {"headers": {"dnt": "1", "te-x": "a", "Cookie": "a=b; c=d", "Referer": "http://shop.example/", "ETag": "x"}},
    {"headers": {"X-Two": ["a", "b"], "X-Space": "  a  ", "X-Lines": "a\r\nX-Other: b"}},
    {"headers": {"X-Empty": ""}},
    {"headers": {"Authorization": "Basic YTpi", "Accept-Encoding": "gzip, br", "Range": "bytes=0-1"}},
    {"headers": {"Host": "other.example"}},
    {"headers": {"Connection": "close", "Expect": "x", "Transfer-Encoding": "chunked"}},
    {"headers": {"Content-Type": "text/plain", "If-None-Match": '"x"', "Upgrade-Insecure-Requests": "1"}},
    *({"method": method} for method in ("HEAD", "POST", "PUT", "DELETE", "OPTIONS")),
    *({"method": method, "body": "a b"} for method in ("GET", "POST", "PUT", "DELETE")),
    *REFUSED,
)  # fmt: skip


@pytest_twisted.ensureDeferred
async def test_the_same_bytes_go_over_the_wire(listener: Listener, make: MakeHandler) -> None:
    sent = []
    for kind in (HTTP11DownloadHandler, CurlDownloadHandler):
        handler = make(kind)
        for wanted in REQUESTS:
            request = Request(**wanted | {"url": url_of(listener, wanted.get("url", "/"))})
            await outcome(handler, request)
        sent.append(listener.sent)
        listener.sent = []

    assert sent[0] == sent[1]
    assert len(sent[0]) == len(REQUESTS) - len(REFUSED)


# ---- what comes ----

ANSWERS = {
    "a page": OK + TWO + b"Content-Type: text/html\r\nX-A: 1\r\nx-a:2\r\n\r\nok",
    "nothing": b"",
    "half a status": b"HTTP/1.1 20",
    "a status": OK,
    "half a header": OK + b"Content-Le",
    "headers without end": OK + TWO,
    "no HTTP": b"garbage\r\n\r\n",
    "a line of one word": b"\r\n\r\n",
    "a status in letters": b"HTTP/1.1 abc OK\r\n" + TWO + b"\r\nok",
    "an unheard-of status": b"HTTP/1.1 799 What\r\n" + TWO + b"\r\nok",
    "HTTP/1.0 without a phrase": b"HTTP/1.0 200\r\n" + TWO + b"\r\nok",
    "HTTP/2": b"HTTP/2 200 OK\r\n" + TWO + b"\r\nok",
    "radio": b"ICY 200 OK\r\n" + TWO + b"\r\nok",
    "lines without CR": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "a line without colon": OK + b"not a header\r\n" + TWO + b"\r\nok",
    "a name with a space": OK + b"Bad Name: x\r\n" + TWO + b"\r\nok",
    "a space before the colon": OK + b"Name : x\r\n" + TWO + b"\r\nok",
    "an empty name": OK + b": x\r\n" + TWO + b"\r\nok",
    "an empty value": OK + b"X-A:\r\n" + TWO + b"\r\nok",
    "a folded line": OK + b"X-A: a\r\n b\r\n" + TWO + b"\r\nok",
    "a NUL": OK + b"X-A: a\x00b\r\n" + TWO + b"\r\nok",
    "Latin-1": OK + b"X-A: \xe4\r\n" + TWO + b"\r\nok",
    "control headers": OK + b"Connection: close\r\nKeep-Alive: 3\r\nUpgrade: x\r\n" + TWO + b"\r\nok",
    "an early hint": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + TWO + b"\r\nok",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + TWO + b"\r\nok",
    "cookies": OK + b"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n" + TWO + b"\r\nok",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
    "authentication": b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n' + TWO + b"\r\nok",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "not modified": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
    "an empty body": OK + b"Content-Length: 0\r\n\r\n",
    "until closed": OK + b"\r\nok",
    "until closed, nothing": OK + b"\r\n",
    "half a body": OK + b"Content-Length: 5\r\n\r\nok",
    "no body": OK + b"Content-Length: 5\r\n\r\n",
    "more than the length": OK + TWO + b"\r\nok, and more",
    "a length twice": OK + TWO + TWO + b"\r\nok",
    "a length twice in one": OK + b"Content-Length: 2, 2\r\n\r\nok",
    "two lengths": OK + TWO + b"Content-Length: 3\r\n\r\nok",
    "a negative length": OK + b"Content-Length: -2\r\n\r\nok",
    "a length in letters": OK + b"Content-Length: two\r\n\r\nok",
    "an enormous length": OK + b"Content-Length: 99999999999999999999999\r\n\r\nok",
    "chunks": OK + CHUNKED + b"2\r\nok\r\n1;ext=1\r\n!\r\n0\r\n\r\n",
    "chunks and a trailer": OK + CHUNKED + b"2\r\nok\r\n0\r\nX-Trailer: x\r\n\r\n",
    "chunks and a length": OK + TWO + CHUNKED + b"3\r\nok!\r\n0\r\n\r\n",
    "chunks that break off": OK + CHUNKED + b"2\r\nok\r\n",
    "half a chunk": OK + CHUNKED + b"5\r\nok",
    "a chunk without a number": OK + CHUNKED + b"xyz\r\nok\r\n0\r\n\r\n",
    "an unknown coding": OK + b"Transfer-Encoding: bogus\r\n\r\nok",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "compressed": OK + b"Content-Encoding: gzip\r\n" + TWO + b"\r\nok",
    "too long": OK + b"Content-Length: 101\r\n\r\n" + b"x" * 101,
    "too long, as it turns out": OK + b"\r\n" + b"x" * 101,
    "long": OK + b"Content-Length: 60\r\n\r\n" + b"x" * 60,
    "long, as it turns out": OK + b"\r\n" + b"x" * 60,
    "too many headers": OK + b"X-A: 12\r\n" * 60 + TWO + b"\r\nok",
    "headers up to the limit": OK + b"X-A: 12\r\n" * 51 + TWO + b"\r\nok",
    "a reset": RESET,
    "a reset in the headers": OK + TWO + RESET,
    "a reset in the body": OK + b"Content-Length: 5\r\n\r\nok" + RESET,
    "a reset in chunks": OK + CHUNKED + b"2\r\nok\r\n" + RESET,
    "a reset until closed": OK + b"\r\nok" + RESET,
}


@pytest.mark.parametrize("fail_on_dataloss", [True, False])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest_twisted.ensureDeferred
async def test_the_same_is_made_of_an_answer(
    listener: Listener, make: MakeHandler, answer: bytes, fail_on_dataloss: bool, caplog: pytest.LogCaptureFixture
) -> None:
    listener.answer = answer
    outcomes, logged = [], []
    for kind in (HTTP11DownloadHandler, CurlDownloadHandler):
        caplog.clear()
        request = Request(url_of(listener), meta={"download_fail_on_dataloss": fail_on_dataloss})
        outcomes.append(await outcome(make(kind), request))
        logged.append([(each.name, each.levelname, each.message) for each in caplog.records if each.levelno >= 30])

    if answer == ANSWERS["a chunk without a number"] and fail_on_dataloss:
        said = [words for *_, words in outcomes]
        assert said == ["Chunk-size must be an integer.", "chunk hex-length char not a hex digit: 0x78"]
        outcomes = [rest for *rest, _ in outcomes]
    assert outcomes[0] == outcomes[1]
    assert logged[0] == logged[1]


# ---- who asks, and by which connection ----


@pytest.fixture
def by_twisted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs that Twisted's client asks for."""
    asked: list[str] = []
    try_it = HTTP11DownloadHandler._try

    async def note(handler: Handler, request: Request) -> Response:
        asked.append(request.url)
        return await try_it(handler, request)

    monkeypatch.setattr(HTTP11DownloadHandler, "_try", note)
    return asked


async def answered(handler: Handler, *requests: Request) -> list[bytes]:
    return [(await ask(handler, request)).body for request in requests]


@pytest_twisted.ensureDeferred
async def test_a_connection_is_kept_and_closed_at_the_end(
    listener: Listener, make: MakeHandler, by_twisted: list[str]
) -> None:
    listener.keeps = True
    handler = make(CurlDownloadHandler)

    assert await answered(handler, *(Request(url_of(listener, f"/{number}")) for number in range(5))) == [b"ok"] * 5
    assert (listener.connections, listener.open, by_twisted) == (1, 1, [])

    await deferred_from_coro(handler.close())
    await deferred_from_coro(asyncio.wait_for(listener.nobody_is_connected.wait(), 5))


@pytest_twisted.ensureDeferred
async def test_a_kept_connection_that_was_closed_is_made_anew(
    listener: Listener, make: MakeHandler, by_twisted: list[str]
) -> None:
    handler = make(CurlDownloadHandler)  # the listener closes after each answer, without a word of it

    assert await answered(handler, *(Request(url_of(listener)) for _ in range(3))) == [b"ok"] * 3
    assert (len(listener.sent), listener.connections, by_twisted) == (3, 3, [])


@pytest_twisted.ensureDeferred
async def test_as_many_connections_as_are_needed(listener: Listener, make: MakeHandler) -> None:
    listener.keeps = True
    handler = make(CurlDownloadHandler, CONCURRENT_REQUESTS=3)
    at_once = [handler.download_request(Request(url_of(listener, f"/{number}"))) for number in range(3)]

    responses = await deferred_from_coro(asyncio.gather(*at_once))

    assert [response.url for response in responses] == [url_of(listener, f"/{number}") for number in range(3)]
    assert listener.connections == 3


@pytest_twisted.ensureDeferred
async def test_a_name_is_twisteds_until_it_was_reached(
    listener: Listener, make: MakeHandler, by_twisted: list[str]
) -> None:
    url = f"http://localhost:{listener.port}/"
    for settings, of_twisted in (({}, 1), ({"DNSCACHE_ENABLED": False}, 3)):
        by_twisted.clear()
        handler = make(CurlDownloadHandler, **settings)
        assert await answered(handler, *(Request(url) for _ in range(3))) == [b"ok"] * 3
        assert len(by_twisted) == of_twisted
    assert {head.partition(b"Host: ")[2] for head in listener.sent} == {b"localhost:%d\r\n\r\n" % listener.port}


@pytest_twisted.ensureDeferred
async def test_a_host_that_moved_is_found_again(listener: Listener, make: MakeHandler, by_twisted: list[str]) -> None:
    request = Request(f"http://localhost:{listener.port}/")
    handler = make(CurlDownloadHandler)
    await answered(handler, request, request)
    handler._origin_of("http", f"localhost:{listener.port}").address = "127.0.0.9"  # where nobody listens

    assert await answered(handler, request, request, request) == [b"ok"] * 3
    assert (len(by_twisted), len(listener.sent)) == (2, 5)


@pytest_twisted.ensureDeferred
async def test_the_address_itself_is_checked(listener: Listener, make: MakeHandler) -> None:
    handler = make(CurlDownloadHandler)
    handler._reach = Reach.of(["shop.example"], [], 1000)

    with pytest.raises(OutOfReach, match=r"127\.0\.0\.1, a loopback address, and nobody named that"):
        await ask(handler, Request(url_of(listener)))

    assert listener.connections == 0


@pytest.mark.parametrize(
    "more",
    [
        {"meta": {"proxy": "http://127.0.0.1:{port}"}},
        {"meta": {"bindaddress": "127.0.0.1"}},
        {"method": "POST"},
        {"body": "a"},
        {"headers": {"Connection": "close"}},
        {"headers": {"X-Empty": " "}},
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_not_plain_is_twisteds(
    listener: Listener, make: MakeHandler, by_twisted: list[str], more: dict[str, Any]
) -> None:
    if proxy := more.get("meta", {}).get("proxy"):
        more = {"meta": {"proxy": proxy.format(port=listener.port)}}
    handler = make(CurlDownloadHandler)

    assert await answered(handler, Request(url_of(listener)), Request(url_of(listener), **more)) == [b"ok"] * 2
    assert len(by_twisted) == 1


@pytest.mark.parametrize("signal", [signals.headers_received, signals.bytes_received])
@pytest_twisted.ensureDeferred
async def test_who_hears_an_answer_come_hears_it(
    listener: Listener, make: MakeHandler, by_twisted: list[str], signal: object
) -> None:
    handler = make(CurlDownloadHandler)
    heard = []
    handler._crawler.signals.connect(hears := lambda request: heard.append(request), signal)

    await ask(handler, Request(url_of(listener)))
    handler._crawler.signals.disconnect(hears, signal)

    assert (len(heard), len(by_twisted)) == (1, 1)


@pytest_twisted.ensureDeferred
async def test_a_shop_that_libcurl_cannot_read_is_twisteds(
    listener: Listener, make: MakeHandler, by_twisted: list[str]
) -> None:
    listener.answer = ANSWERS["a line without colon"]

    assert await answered(make(CurlDownloadHandler), *(Request(url_of(listener)) for _ in range(3))) == [b"ok"] * 3
    assert (len(by_twisted), len(listener.sent)) == (3, 4)


@pytest_twisted.ensureDeferred
async def test_where_nobody_listens(make: MakeHandler) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        request = Request(f"http://127.0.0.1:{probe.getsockname()[1]}/")
        outcomes = [await outcome(make(kind), request) for kind in (HTTP11DownloadHandler, CurlDownloadHandler)]

    assert outcomes[0] == outcomes[1]
    assert outcomes[0][2] == "connection_refused"


@pytest_twisted.ensureDeferred
async def test_over_tls_nobody_looks_at_certificates(
    make: MakeHandler, by_twisted: list[str], certificate: ssl.SSLContext
) -> None:
    shop = Listener()
    server = await deferred_from_coro(asyncio.start_server(shop.serve, "127.0.0.1", 0, ssl=certificate))
    request = Request(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")

    outcomes = [await outcome(make(kind), request) for kind in (CurlDownloadHandler, HTTP11DownloadHandler)]
    assert outcomes[0] == outcomes[1]
    assert (outcomes[0][2], len(by_twisted), shop.sent[0]) == (200, 1, shop.sent[1])

    await outcome(make(CurlDownloadHandler, DOWNLOAD_VERIFY_CERTIFICATES=True), request)
    assert len(by_twisted) == 2
    server.close()
    await deferred_from_coro(server.wait_closed())


@pytest_twisted.ensureDeferred
async def test_where_nobody_speaks_tls(make: MakeHandler) -> None:
    async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await deferred_from_coro(asyncio.start_server(speak_http, "127.0.0.1", 0))
    request = Request(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")

    outcomes = [await outcome(make(kind), request) for kind in (HTTP11DownloadHandler, CurlDownloadHandler)]

    assert outcomes[0] == outcomes[1]
    assert outcomes[0][2] == "tls"
    server.close()
    await deferred_from_coro(server.wait_closed())

from __future__ import annotations

import asyncio

import pytest
import pytest_twisted
from scrapy.utils.defer import deferred_from_coro

from ecomscraper.scrapy_fixes.header_limit import HeadersTooLargeError

HANDLER = "ecomscraper.scrapy_fixes.header_limit.HTTP11DownloadHandler"
LINE = b"X-Filler: " + b"x" * 1000 + b"\r\n"
END = b"Content-Length: 2\r\n\r\nok"


@pytest.fixture(params=[HANDLER, "ecomscraper.reach.curl_handler.CurlDownloadHandler"])
def fixed(request):
    limits = {"ECOM_TIMEOUT_CONNECT_SECONDS": 10, "ECOM_TIMEOUT_READ_SECONDS": 10}
    return lambda **more: {"DOWNLOAD_HANDLERS": {"http": request.param}} | limits | more


def answer(filler_lines, first_line=b"HTTP/1.1 200 OK\r\n"):
    return first_line + LINE * filler_lines + END


@pytest_twisted.async_yield_fixture
async def endless_server():
    sent = [0]

    async def answer_without_end(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        try:
            while sent[0] < 20_000_000:
                writer.write(LINE * 50)
                sent[0] += len(LINE) * 50
                await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    listening = await deferred_from_coro(asyncio.start_server(answer_without_end, "127.0.0.1", 0))
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/", sent
    listening.close()
    await deferred_from_coro(listening.wait_closed())


@pytest_twisted.ensureDeferred
async def test_endless_headers_are_given_up(crawl, endless_server, fixed):
    url, sent = endless_server

    crawled = await crawl([url], **fixed())

    assert [type(error) for error in crawled.errors] == [HeadersTooLargeError]
    assert str(crawled.errors[0]) == "headers of more than 65536 bytes"
    assert "retry/count" not in crawled.stats
    assert sent[0] < 10_000_000  # what fills the buffers between the two


@pytest_twisted.ensureDeferred
async def test_plain_scrapy_still_has_the_defect(crawl, endless_server):
    """If this fails, does Scrapy limit headers now? Then `scrapy_fixes/header_limit.py` may go."""
    url, sent = endless_server

    await crawl([url], RETRY_ENABLED=False, DOWNLOAD_MAXSIZE=100_000)

    assert sent[0] >= 20_000_000


@pytest_twisted.ensureDeferred
async def test_the_limit_is_a_setting_and_holds_for_each_response(crawl, bytes_server, fixed):
    small, large = answer(9), answer(10)
    bytes_server.answers = {"/small": small, "/large": large}
    urls = [f"{bytes_server.url}{path}" for path in ("/small", "/large", "/small", "/small")]
    limit = len(large) - len("ok") - 1

    crawled = await crawl(urls, **fixed(ECOM_DOWNLOAD_HEADERS_BYTES=limit, CONCURRENT_REQUESTS=1))
    one_byte_more = await crawl(urls, **fixed(ECOM_DOWNLOAD_HEADERS_BYTES=limit + 1))

    assert [response.body for response in crawled.responses] == [b"ok"] * 3
    assert [str(error) for error in crawled.errors] == [f"headers of more than {limit} bytes"]
    assert len(one_byte_more.responses) == 4


@pytest_twisted.ensureDeferred
async def test_a_large_body_behind_small_headers_passes(crawl, bytes_server, fixed):
    bytes_server.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1_000_000)

    crawled = await crawl([f"{bytes_server.url}/"], **fixed())

    assert [len(response.body) for response in crawled.responses] == [1_000_000]


@pytest_twisted.ensureDeferred
async def test_informational_responses_count(crawl, bytes_server, fixed):
    bytes_server.answers["/"] = (b"HTTP/1.1 103 Early Hints\r\n" + LINE + b"\r\n") * 100 + answer(1)

    crawled = await crawl([f"{bytes_server.url}/"], **fixed())

    assert [type(error) for error in crawled.errors] == [HeadersTooLargeError]


@pytest_twisted.ensureDeferred
async def test_other_failures_stay_what_they_are(crawl, bytes_server, fixed):
    bytes_server.answers["/"] = b"HTTP/1.1 200 OK\r\nX-Cut"

    crawled = await crawl([f"{bytes_server.url}/"], **fixed(RETRY_TIMES=1))

    assert [type(error).__name__ for error in crawled.errors] == ["DownloadFailedError"]
    assert bytes_server.asked["/"] == 2

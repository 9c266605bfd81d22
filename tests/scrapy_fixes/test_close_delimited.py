from __future__ import annotations

import pytest
import pytest_twisted

from ecomscraper.scrapy_fixes.truncated import TruncatedResponseError

MIDDLEWARE = {"ecomscraper.scrapy_fixes.close_delimited.CloseDelimitedMiddleware": 585}
HALF = "<html><head><title>A listing</title></head><body><p>item 1</p><p>item"


def answer(body, content_type="text/html", status="200 OK", more=""):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nConnection: close\r\n{more}\r\n"
    return head.encode() + body.encode()


@pytest_twisted.ensureDeferred
async def test_a_page_without_an_end_is_retried_and_then_fails(crawl, bytes_server):
    bytes_server.answers["/"] = answer(HALF)

    crawled = await crawl([f"{bytes_server.url}/"], DOWNLOADER_MIDDLEWARES=MIDDLEWARE, RETRY_TIMES=2)

    assert [type(error) for error in crawled.errors] == [TruncatedResponseError]
    assert bytes_server.asked["/"] == 3
    assert crawled.stats["retry/count"] == 2


@pytest_twisted.ensureDeferred
async def test_plain_scrapy_still_has_the_defect(crawl, bytes_server):
    """If this fails, does Scrapy judge such pages now? Then `scrapy_fixes/close_delimited.py` may go."""
    bytes_server.answers["/"] = answer(HALF)

    crawled = await crawl([f"{bytes_server.url}/"])

    [page] = crawled.responses
    assert (page.status, page.flags, page.text) == (200, ["partial"], HALF)


@pytest.mark.parametrize(
    "bytes_sent",
    [
        pytest.param(answer(f"{HALF}</p></body></html>"), id="its end"),
        pytest.param(answer(f"{HALF}</p></BODY \n><!-- cached -->"), id="its end in other letters"),
        pytest.param(answer(HALF, more=f"Content-Length: {len(HALF)}\r\n"), id="its length"),
        pytest.param(
            answer(f"{len(HALF):x}\r\n{HALF}\r\n0\r\n\r\n", more="Transfer-Encoding: chunked\r\n"), id="chunks"
        ),
        pytest.param(answer("half a sentence", "text/plain"), id="no HTML"),
        pytest.param(answer(HALF, status="404 Not Found"), id="an error page"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_shows_its_end_or_cannot_passes(crawl, bytes_server, bytes_sent):
    bytes_server.answers["/"] = bytes_sent

    crawled = await crawl([f"{bytes_server.url}/"], DOWNLOADER_MIDDLEWARES=MIDDLEWARE, HTTPERROR_ALLOW_ALL=True)

    assert len(crawled.responses) == 1
    assert bytes_server.asked["/"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(f"Content-Length: {len(HALF) + 1}\r\n", id="shorter than its length"),
        pytest.param("Transfer-Encoding: chunked\r\n", id="without its last chunk"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_body_that_is_shorter_than_announced_fails_in_scrapy_itself(crawl, bytes_server, headers):
    body = HALF if "Length" in headers else f"{len(HALF):x}\r\n{HALF}\r\n"
    bytes_server.answers["/"] = answer(body, more=headers)

    crawled = await crawl([f"{bytes_server.url}/"], RETRY_TIMES=1)

    assert [type(error).__name__ for error in crawled.errors] == ["ResponseDataLossError"]
    assert bytes_server.asked["/"] == 2

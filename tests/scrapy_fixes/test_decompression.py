from __future__ import annotations

import contextlib
import gzip
import random
import zlib

import brotli
import pytest
import pytest_twisted
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import HtmlResponse

from ecomscraper.scrapy_fixes.decompression import MAX_MEMBERS, decoded
from ecomscraper.scrapy_fixes.truncated import TruncatedResponseError

PLAIN = "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware"
FIXED = "ecomscraper.scrapy_fixes.decompression.HttpCompressionMiddleware"

WORDS = random.Random(7)
PAGE = (
    "<title>A listing</title>"
    + "".join(f"<p>item {number} {WORDS.random()}</p>" for number in range(9000))
    + "</body></html>"
).encode()


def raw_deflate(body):
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


COMPRESS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate without header": raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
CODINGS = sorted(COMPRESS)


def coding_name(coding):
    return coding.split()[0]


def answer(body, coding, status="200 OK", length=None):
    """The bytes of a response; `length` None: no Content-Length, the end of the connection ends the body."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: {coding_name(coding)}\r\n"
    if length is not None:
        head += f"Content-Length: {length}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def settings(middleware, **more):
    return {"DOWNLOADER_MIDDLEWARES": {PLAIN: None, middleware: 590}, "RETRY_TIMES": 2} | more


@pytest.mark.parametrize("coding", CODINGS)
@pytest_twisted.ensureDeferred
async def test_a_truncated_page_is_retried_and_then_fails(crawl, bytes_server, coding):
    half = COMPRESS[coding](PAGE)[:-2000]
    bytes_server.answers["/"] = answer(half, coding, length=len(half))

    crawled = await crawl([f"{bytes_server.url}/"], **settings(FIXED))

    assert crawled.responses == []
    assert [type(error) for error in crawled.errors] == [TruncatedResponseError]
    assert "breaks off before its end" in str(crawled.errors[0])
    assert bytes_server.asked["/"] == 3
    assert crawled.stats["retry/count"] == 2
    assert crawled.stats["retry/max_reached"] == 1


@pytest.mark.parametrize("coding", CODINGS)
@pytest_twisted.ensureDeferred
async def test_plain_scrapy_still_has_the_defect(crawl, bytes_server, coding):
    """If this fails, does Scrapy see truncated bodies now? Then `scrapy_fixes/decompression.py` may go."""
    half = COMPRESS[coding](PAGE)[:-2000]
    bytes_server.answers["/"] = answer(half, coding, length=len(half))

    crawled = await crawl([f"{bytes_server.url}/"])

    [page] = crawled.responses
    assert (page.status, page.flags) == (200, [])
    assert 0 < len(page.body) < len(PAGE)
    assert bytes_server.asked["/"] == 1


@pytest.mark.parametrize("coding", CODINGS)
@pytest_twisted.ensureDeferred
async def test_a_whole_page_is_a_page(crawl, bytes_server, coding):
    bytes_server.answers["/"] = answer(COMPRESS[coding](PAGE), coding)

    crawled = await crawl([f"{bytes_server.url}/"], **settings(FIXED))

    [page] = crawled.responses
    assert isinstance(page, HtmlResponse)
    assert page.body == PAGE
    assert page.flags == []  # not "partial": the compressed body has its end


@pytest_twisted.ensureDeferred
async def test_a_page_that_is_whole_at_the_second_try(crawl, bytes_server):
    whole = COMPRESS["gzip"](PAGE)
    bytes_server.answers["/"] = answer(whole[:-1], "gzip")

    def mend():
        bytes_server.answers["/"] = answer(whole, "gzip")

    bytes_server.after_answer["/"] = mend
    crawled = await crawl([f"{bytes_server.url}/"], **settings(FIXED))

    assert [page.body for page in crawled.responses] == [PAGE]
    assert crawled.errors == []
    assert bytes_server.asked["/"] == 2


@pytest_twisted.ensureDeferred
async def test_the_status_of_an_error_page_is_kept(crawl, bytes_server):
    bytes_server.answers["/cut"] = answer(COMPRESS["gzip"](PAGE)[:-2000], "gzip", "404 Not Found")
    bytes_server.answers["/mislabelled"] = answer(b"<p>slow down", "gzip", "429 Too Many Requests")

    crawled = await crawl(
        [f"{bytes_server.url}{path}" for path in bytes_server.answers],
        **settings(FIXED, HTTPERROR_ALLOW_ALL=True, RETRY_ENABLED=False),
    )

    assert sorted(page.status for page in crawled.responses) == [404, 429]
    assert all(isinstance(page, HtmlResponse) for page in crawled.responses)


@pytest_twisted.ensureDeferred
async def test_who_asks_for_broken_pages_gets_them(crawl, bytes_server):
    half = COMPRESS["gzip"](PAGE)[:-2000]
    bytes_server.answers["/"] = answer(half, "gzip", length=len(half) + 2000)

    crawled = await crawl([f"{bytes_server.url}/"], **settings(FIXED, DOWNLOAD_FAIL_ON_DATALOSS=False))

    [page] = crawled.responses
    assert page.flags == ["dataloss"]
    assert 0 < len(page.body) < len(PAGE)


@pytest_twisted.ensureDeferred
async def test_a_bomb_is_stopped_at_the_limit(crawl, bytes_server):
    bytes_server.answers["/"] = answer(gzip.compress(bytes(50_000_000)), "gzip")

    crawled = await crawl([f"{bytes_server.url}/"], **settings(FIXED, DOWNLOAD_MAXSIZE=1_000_000))

    assert crawled.responses == []
    [error] = crawled.errors
    assert "1000000 B) during decompression" in str(error)


@pytest_twisted.ensureDeferred
async def test_a_head_request_and_an_empty_redirect_have_no_body_to_check(crawl, bytes_server):
    bytes_server.answers["/head"] = answer(b"", "gzip", length=4000)
    bytes_server.answers["/empty"] = answer(b"", "br", length=0)

    crawled = await crawl(
        [Request(f"{bytes_server.url}/head", method="HEAD"), f"{bytes_server.url}/empty"], **settings(FIXED)
    )

    assert [page.body for page in crawled.responses] == [b"", b""]
    assert crawled.errors == []


@given(coding=st.sampled_from(CODINGS), data=st.data(), body=st.binary(max_size=3000))
def test_every_body_survives_and_every_cut_is_seen(coding, data, body):
    compressed = COMPRESS[coding](body)
    name = coding_name(coding).encode()

    assert decoded(compressed, name, 0, whole=True) == body

    cut = data.draw(st.integers(1, len(compressed) - 1)) if len(compressed) > 1 else 0
    if cut:
        with pytest.raises(TruncatedResponseError):
            decoded(compressed[:cut], name, 0, whole=True)
        assert body.startswith(decoded(compressed[:cut], name, 0, whole=False))


@given(coding=st.sampled_from(CODINGS), garbage=st.binary(min_size=1, max_size=300))
def test_garbage_raises_nothing_but_the_error(coding, garbage):
    with contextlib.suppress(TruncatedResponseError):
        decoded(garbage, coding_name(coding).encode(), 0, whole=True)
    decoded(garbage, coding_name(coding).encode(), 0, whole=False)


@pytest.fixture(params=["zlib", "zlib_ng.zlib_ng"])
def inflate(request):
    return pytest.importorskip(request.param)


def test_a_wrong_checksum_is_seen(inflate):
    damaged = bytearray(gzip.compress(PAGE))
    damaged[-6] ^= 1

    with pytest.raises(TruncatedResponseError, match="incorrect data check"):
        decoded(bytes(damaged), b"gzip", 0, whole=True, inflate=inflate)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_compressed_parts_in_a_row(coding, inflate):
    part = COMPRESS[coding](b"part ")
    name = coding.encode()

    assert decoded(part * 3, name, 0, whole=True, inflate=inflate) == b"part part part "
    with pytest.raises(TruncatedResponseError):
        decoded(part * 3 + part[:-1], name, 0, whole=True, inflate=inflate)
    with pytest.raises(TruncatedResponseError, match=f"more than {MAX_MEMBERS} compressed parts"):
        decoded(part * (MAX_MEMBERS + 1), name, 0, whole=True, inflate=inflate)


def test_padding_after_the_end_of_gzip_is_ignored(inflate):
    assert decoded(gzip.compress(PAGE) + bytes(512), b"gzip", 0, whole=True, inflate=inflate) == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate without header"])
def test_every_place_to_break_off_is_seen(coding, inflate):
    body = COMPRESS[coding](PAGE[:3000])
    name = coding_name(coding).encode()

    assert decoded(body, name, 0, whole=True, inflate=inflate) == PAGE[:3000]
    for length in range(1, len(body)):
        with pytest.raises(TruncatedResponseError):
            decoded(body[:length], name, 0, whole=True, inflate=inflate)

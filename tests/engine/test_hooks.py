"""The quick hooks beside those whose place they take: the same page, the same numbers."""

from __future__ import annotations

import gzip
import inspect
import zlib
from functools import cache
from ipaddress import ip_address
from itertools import product
from typing import Any

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.defaultheaders import DefaultHeadersMiddleware
from scrapy.downloadermiddlewares.stats import DownloaderStats
from scrapy.downloadermiddlewares.useragent import UserAgentMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Headers, Response
from scrapy.utils._download_handlers import make_response
from scrapy.utils.request import request_httprepr
from scrapy.utils.test import get_crawler

from ecomscraper.engine.hooks import QuickCompression, QuickDefaultHeaders, QuickUserAgent, request_size, response_size
from ecomscraper.scrapy_fixes.decompression import HttpCompressionMiddleware

PAGE = b"<!doctype html><title>A listing</title><p>" + b"caf\xc3\xa9 " * 200 + b"</body>"
PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstd.compress(PAGE),
    " GZIP ": gzip.compress(PAGE),
    "identity": PAGE,
    "gzip, br": brotli.compress(gzip.compress(PAGE)),
    "": PAGE,
}
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=12)
TOKENS = st.text(st.sampled_from("abcXYZ-019"), min_size=1, max_size=12)
HEADERS = st.dictionaries(TOKENS, TEXTS | st.lists(TEXTS, max_size=3), max_size=6)


@cache
def made_once() -> Crawler:
    """It takes 10 ms, and the first one more."""
    return get_crawler(settings_dict={"DOWNLOAD_MAXSIZE": 4000})


def a_crawler() -> Crawler:
    """With empty stats."""
    made_once().stats.set_stats({})
    return made_once()


@given(
    st.sampled_from(
        ["http://shop.example", "https://shop.example:8443", "http://caf\u00e9.example", "http://[::1]:80"]
    ),
    st.lists(TEXTS, max_size=3),
    TEXTS,
    TEXTS,
    HEADERS,
    st.binary(max_size=9),
    st.sampled_from(["GET", "post", "HEAD"]),
)
def test_a_request_is_as_long_as_scrapy_writes_it(
    origin: str, path: list[str], query: str, fragment: str, headers: Any, body: bytes, method: str
) -> None:
    parts = ("/".join(["", *path]), query and f"?{query}", fragment and f"#{fragment}")
    request = Request(origin + "".join(parts), method=method, headers=headers, body=body)

    assert request_size(request) == len(request_httprepr(request))


@pytest.mark.parametrize("url", ["http://a", "http://a//b", "http://a/b;c=1;d?e", "http://a/?", "data:,x"])
def test_urls_of_odd_shapes(url: str) -> None:
    for headers in ({}, {"Accept": []}, {"Accept": ["a", "b"], "Other": []}):
        request = Request(url, headers=headers)
        assert request_size(request) == len(request_httprepr(request))


@given(
    HEADERS,
    st.dictionaries(TOKENS, TEXTS | st.binary(max_size=9) | st.lists(TEXTS, max_size=3) | st.none() | st.integers()),
    TEXTS | st.none(),
    st.sampled_from(["utf-8", "latin-1", "utf-16"]),
)
def test_a_request_is_given_the_same_headers(own: Any, defaults: Any, user_agent: str | None, encoding: str) -> None:
    given_headers = []
    for hooks in (QuickDefaultHeaders, QuickUserAgent), (DefaultHeadersMiddleware, UserAgentMiddleware):
        request = Request("http://a/", headers={"Accept-Encoding": "br"}, encoding=encoding)
        for name, value in own.items():
            request.headers[name] = (
                [each.encode("utf-8") for each in value] if isinstance(value, list) else value.encode()
            )
        try:
            hooks[0](defaults.items()).process_request(request)
            hooks[1](user_agent or "").process_request(request)
        except UnicodeEncodeError as error:
            given_headers.append(repr(error))
        else:
            given_headers.append([(name, list(values)) for name, values in dict.items(request.headers)])

    assert given_headers[0] == given_headers[1]


def test_what_one_request_is_given_is_its_own() -> None:
    first, second = Request("http://a/", headers={"Vary": "a"}), Request("http://a/")
    for request in (first, second):
        QuickDefaultHeaders([("Accept", "a")]).process_request(request)
        first.headers.appendlist("Accept", "b")

    assert second.headers.getlist("Accept") == [b"a"]


def test_codings_are_asked_for_as_by_scrapy() -> None:
    asked = []
    for middleware in (QuickCompression, HttpCompressionMiddleware):
        for headers in ({}, {"Accept-Encoding": "br"}):
            request = Request("http://a/", headers=headers)
            middleware(crawler=a_crawler()).process_request(request)
            asked.append(dict(request.headers))

    assert asked[:2] == asked[2:]


@given(HEADERS, st.sampled_from([200, 301, 404, 299, 999]), st.binary(max_size=9))
def test_an_answer_is_as_long_as_scrapy_counts_it(headers: Any, status: int, body: bytes) -> None:
    stats = a_crawler().stats
    answer = Response("http://a/", status, headers, body)

    DownloaderStats(stats).process_response(Request("http://a/"), answer)

    assert response_size(answer) == stats.get_value("downloader/response_bytes")


def outcome(middleware: type[HttpCompressionMiddleware], request: Request, response: Response) -> Any:
    """What of a page may be seen, with the stats."""
    crawler = a_crawler()
    try:
        page = middleware(crawler=crawler).process_response(request, response)
        page = run(page) if inspect.iscoroutine(page) else page
    except IgnoreRequest as error:
        return repr(error), crawler.stats.get_stats()
    except RuntimeError as error:  # there is no engine that a broken page could be handed to
        return repr(error.__context__), crawler.stats.get_stats()
    assert isinstance(page, Response)
    shown = {name: getattr(page, name) for name in page.attributes} | {"headers": dict(page.headers.items())}
    return type(page), shown, crawler.stats.get_stats()


def run(coroutine: Any) -> Any:
    """What a coroutine gives that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


@pytest.mark.parametrize("kind", ["text/html; charset=UTF-8", "application/json", "image/png", None])
@pytest.mark.parametrize("coding", PACKED)
def test_a_page_is_unpacked_as_before(coding: str, kind: str | None) -> None:
    headers = {"Content-Encoding": coding, "Content-Type": kind, "Vary": ["a", "b"]}
    bodies = (PACKED[coding], PACKED[coding][:-9], b"", PACKED["gzip"] + b"\0\0")
    flags = ([], ["partial", "cached"], ["dataloss"])

    for body, method, status, flagged in product(bodies, ("GET", "HEAD"), (200, 204, 404), flags):
        request = Request("http://shop.example/listing", method=method)
        both = []
        for middleware in (QuickCompression, HttpCompressionMiddleware):
            its_headers = Headers({name: value for name, value in headers.items() if value})
            address = ip_address("127.0.0.1")
            answer = make_response(request.url, status, its_headers, body, list(flagged), None, address, "HTTP/1.1")
            answer.request = request
            both.append(outcome(middleware, request, answer))
        assert both[0] == both[1]


@pytest.mark.parametrize("limits", [{"download_maxsize": 900}, {"download_warnsize": 900}, {"download_maxsize": 0}])
def test_limits_of_one_request_hold(limits: dict[str, int], caplog: pytest.LogCaptureFixture) -> None:
    request = Request("http://shop.example/listing", meta=limits)
    told = []
    for middleware in (QuickCompression, HttpCompressionMiddleware):
        caplog.clear()
        response = Response(request.url, headers={"Content-Encoding": "gzip"}, body=PACKED["gzip"])
        told.append((outcome(middleware, request, response), caplog.messages))

    assert told[0] == told[1]
    assert bool(told[0][1]) is (limits != {"download_maxsize": 0})


def test_the_answer_itself_stays_as_it_came() -> None:
    response = Response("http://a/", headers={"Content-Encoding": "gzip", "Vary": "a"}, body=PACKED["gzip"])

    page = QuickCompression(crawler=a_crawler()).process_response(Request("http://a/"), response)

    assert isinstance(page, Response)
    assert page.body == PAGE
    page.headers.appendlist("Vary", "b")
    assert response.headers.getlist("Vary") == [b"a"]
    assert response.headers.getlist("Content-Encoding") == [b"gzip"]
    assert response.body == PACKED["gzip"]

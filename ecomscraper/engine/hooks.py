"""Hooks that every page passes, with the same outcome in less time than those whose place they take."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.defaultheaders import DefaultHeadersMiddleware
from scrapy.downloadermiddlewares.httpcompression import ACCEPTED_ENCODINGS
from scrapy.downloadermiddlewares.stats import DownloaderStats, get_status_size
from scrapy.downloadermiddlewares.useragent import UserAgentMiddleware
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.request import request_httprepr

from ecomscraper.scrapy_fixes.decompression import DECODERS, HttpCompressionMiddleware
from ecomscraper.scrapy_fixes.truncated import TruncatedResponseError, must_be_whole

_ACCEPTED = b", ".join(ACCEPTED_ENCODINGS)
_status_size = lru_cache(get_status_size)
_class_by_type = lru_cache(responsetypes.from_content_type)


class QuickStatsHooks(DownloaderStats):
    """Scrapy writes requests out to see how long they are, and reads headers by names that it puts right each time."""

    def process_request(self, request: Request) -> None:  # type: ignore[override]  # Scrapy's takes a spider, too
        self.stats.inc_value("downloader/request_count")
        self.stats.inc_value(f"downloader/request_method_count/{request.method}")
        self.stats.inc_value("downloader/request_bytes", request_size(request))

    def process_response(self, request: Request, response: Response) -> Response:  # type: ignore[override]
        self.stats.inc_value("downloader/response_count")
        self.stats.inc_value(f"downloader/response_status_count/{response.status}")
        self.stats.inc_value("downloader/response_bytes", response_size(response))
        return response


class QuickDefaultHeaders(DefaultHeadersMiddleware):
    """Scrapy puts names and values right for each request, as in the two below."""

    def process_request(self, request: Request) -> None:  # type: ignore[override]
        for name, value in self._headers:
            offer(request.headers, name, value)


class QuickUserAgent(UserAgentMiddleware):
    def process_request(self, request: Request) -> None:  # type: ignore[override]
        if self.user_agent:
            offer(request.headers, b"User-Agent", self.user_agent)


class QuickCompression(HttpCompressionMiddleware):
    """For pages in one coding. Scrapy copies their headers one by one, twice, and takes 50 µs besides unpacking."""

    def process_request(self, request: Request) -> None:  # type: ignore[override]
        offer(request.headers, "Accept-Encoding", _ACCEPTED)

    def process_response(  # type: ignore[override]  # waits where the page is broken only
        self, request: Request, response: Response
    ) -> Response | Awaitable[Request | Response]:
        codings = dict.get(response.headers, b"Content-Encoding")
        if not codings:
            return response
        body = self._unpacked(request, response, codings)
        return super().process_response(request, response) if body is None else self._page(response, body)

    def _unpacked(self, request: Request, response: Response, codings: list[bytes]) -> bytes | None:
        """The body; None where anything is unusual about it, or wrong with it."""
        coding = codings[0].strip().lower()
        if len(codings) > 1 or coding not in DECODERS or request.method == "HEAD" or not must_be_whole(response):
            return None
        try:
            body = self._decode(response.body, coding, request.meta.get("download_maxsize", self._max_size))
        except (TruncatedResponseError, _DecompressionMaxSizeExceeded):
            return None
        is_told_of = len(response.body) < request.meta.get("download_warnsize", self._warn_size) <= len(body)
        return None if is_told_of else body

    def _page(self, response: Response, body: bytes) -> Response:
        if self.stats is not None:
            self.stats.inc_value("httpcompression/response_bytes", len(body))
            self.stats.inc_value("httpcompression/response_count")
        headers = Headers()
        dict.update(headers, {name: values[:] for name, values in dict.items(response.headers)})
        dict.pop(headers, b"Content-Encoding")
        content_types = dict.get(headers, b"Content-Type")
        page_class = _class_by_type(content_types[-1]) if content_types else Response
        if page_class is Response:
            page_class = responsetypes.from_args(headers=headers, url=response.url, body=body)
        page = page_class(
            response.url,
            response.status,
            body=body,
            flags=[flag for flag in response.flags if flag != "partial"],  # the body showed its end
            request=response.request,
            certificate=response.certificate,
            ip_address=response.ip_address,
            protocol=response.protocol,
        )
        page.headers = headers
        return page


def offer(headers: Headers, name: str | bytes, value: Any) -> None:
    """Scrapy's `headers.setdefault(name, value)`."""
    if not isinstance(value, str | bytes):  # a list of values, or none
        headers.setdefault(name, value)
        return
    written, values = _written(name, value, headers.encoding)
    if not dict.__contains__(headers, written):
        dict.__setitem__(headers, written, list(values))


@lru_cache
def _written(name: str | bytes, value: str | bytes, encoding: str) -> tuple[bytes, tuple[bytes, ...]]:
    headers = Headers([(name, value)], encoding)
    ((written, values),) = dict.items(headers)
    return written, tuple(values)


def request_size(request: Request) -> int:
    """The bytes of Scrapy's `request_httprepr`."""
    parts = urlparse_cached(request)
    if parts.path.startswith("//"):  # Pythons differ in what they make of it
        return len(request_httprepr(request))
    target = (parts.path or "/") + (parts.params and f";{parts.params}") + (parts.query and f"?{parts.query}")
    first = len(f"{request.method} {target} HTTP/1.1\r\nHost: {parts.hostname or ''}\r\n".encode())
    fields = [len(name) + len(value) + 4 for name, values in dict.items(request.headers) for value in values]
    return first + (sum(fields) if fields else 2 * bool(request.headers)) + 2 + len(request.body)


def response_size(response: Response) -> int:
    """The bytes of an answer, as Scrapy counts those of its status line and headers."""
    headers = response.headers
    fields = [len(name) + len(value) + 2 for name, values in dict.items(headers) for value in values]
    return len(response.body) + sum(fields) + 2 * (len(headers) - 1) + _status_size(response.status) + 4


QUICK: dict[type, type] = {
    DefaultHeadersMiddleware: QuickDefaultHeaders,
    DownloaderStats: QuickStatsHooks,
    UserAgentMiddleware: QuickUserAgent,
    HttpCompressionMiddleware: QuickCompression,
}
"""Which takes the place of which."""

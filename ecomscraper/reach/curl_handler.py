"""The HTTP/1.1 handler on libcurl, which takes about half the time of Twisted's client for the same.

It takes the plain request: GET over HTTP/1.1, directly. All others are Twisted's, and so is the first one to each name:
where that found the host is where libcurl connects from then on, so that names are looked up as Scrapy's settings say.
Where libcurl gets no connection, or cannot read what comes (it is strict about headers), Twisted's client asks once
more, whose errors are the ones that the rest of the project knows; and such a host is Twisted's from then on.

Differences that remain: `response.certificate` is None; the time limit to connect includes the handshake of TLS; and of
headers whole lines are heard, not bytes.
"""

from __future__ import annotations

import re
from asyncio import Future, get_running_loop
from functools import lru_cache
from time import monotonic
from typing import Any, Final
from urllib.parse import urldefrag, urlunparse

import pycurl
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.httpobj import urlparse_cached
from twisted.web.http_headers import Headers

from ecomscraper.engine.heard import receivers
from ecomscraper.pace.timeouts import TryTimes
from ecomscraper.proxies.middleware import EXIT
from ecomscraper.reach.curl_try import CurlTry, NotConnected, NotReadable
from ecomscraper.reach.download_handler import HTTP11DownloadHandler
from ecomscraper.reach.origins import Origin, origin_of
from ecomscraper.scrapy_fixes.header_limit import DEFAULT_LIMIT_BYTES

_VALID_TARGET: Final = re.compile(r"[\x21-\x7e]+", re.ASCII)
_NOT_PLAIN: Final = {EXIT, "proxy", "bindaddress"}  # request meta
_NOT_PLAIN_HEADERS: Final = {
    *(b"Connection", b"Content-Length", b"Expect", b"Host", b"Keep-Alive", b"Proxy-Authorization", b"Proxy-Connection"),
    *(b"Te", b"Trailer", b"Transfer-Encoding", b"Upgrade"),
}
_OF_TLS: Final = (
    *("DOWNLOADER_CLIENTCONTEXTFACTORY", "DOWNLOADER_CLIENT_TLS_CIPHERS", "DOWNLOADER_CLIENT_TLS_METHOD"),
    *("DOWNLOADER_CLIENT_TLS_VERBOSE_LOGGING", "DOWNLOAD_TLS_MAX_VERSION", "DOWNLOAD_TLS_MIN_VERSION"),
    "DOWNLOAD_VERIFY_CERTIFICATES",
)
_BY_DEFAULT: Final = 0  # the priority of Scrapy's own settings


class _Unsendable(Exception):
    """libcurl would send something else."""


@lru_cache(maxsize=1024)
def _header_lines(name: bytes, *values: bytes) -> list[bytes]:
    """A header of a request, as Twisted's client writes it. Raises ValueError for a name that is none."""
    [(known_name, known_values)] = Headers({name: values}).getAllRawHeaders()
    if not all(value.strip() for value in known_values):
        raise _Unsendable(name)
    return [known_name + b": " + value for value in known_values]


class CurlDownloadHandler(HTTP11DownloadHandler):
    """For `DOWNLOAD_HANDLERS` (http and https), needs the asyncio reactor. Raises what `HTTP11DownloadHandler` does.

    Settings: those of `HTTP11DownloadHandler`; `CONCURRENT_REQUESTS`, so many connections are kept.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._header_bytes = settings.getint("ECOM_DOWNLOAD_HEADERS_BYTES", DEFAULT_LIMIT_BYTES)
        self._takes_tls = all(settings.getpriority(name) == _BY_DEFAULT for name in _OF_TLS)
        self._remembers_names = settings.getbool("DNSCACHE_ENABLED")
        self._origin_of = lru_cache(maxsize=4096)(origin_of)
        self._idle: list[CurlTry] = []
        self._multi = pycurl.AsyncCurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, max(settings.getint("CONCURRENT_REQUESTS"), 1))

    async def close(self) -> None:
        await super().close()
        await self._multi.aclose()
        for curl in self._idle:
            curl.handle.close()

    async def _try(self, request: Request) -> Response:
        origin = self._origin_if_plain(request)
        if origin is None:
            return await super()._try(request)
        if origin.address is not None:
            try:
                return await self._fetch(request, origin)
            except _Unsendable:
                return await super()._try(request)
            except NotConnected:
                origin.address = None
            except NotReadable:
                origin.address = None
                origin.is_twisteds = True
        response = await super()._try(request)
        if self._remembers_names and not origin.is_twisteds and response.ip_address is not None:
            origin.address = str(response.ip_address)
        return response

    def _origin_if_plain(self, request: Request) -> Origin | None:
        if (
            request.method != "GET"
            or request.body
            or not _NOT_PLAIN.isdisjoint(request.meta)
            or not _NOT_PLAIN_HEADERS.isdisjoint(request.headers)
            or self._bind_address
            or self._is_streamed()
        ):
            return None
        url = urlparse_cached(request)
        if url.scheme == "https" and not self._takes_tls:
            return None
        return self._origin_of(url.scheme, url.netloc)

    def _is_streamed(self) -> bool:
        """Whether somebody hears an answer's headers or parts, which only the other handler tells."""
        sender = self._crawler.signals.sender
        return any(receivers(signal, sender) for signal in (signals.headers_received, signals.bytes_received))

    async def _fetch(self, request: Request, origin: Origin) -> Response:
        meta = request.meta
        url = urlparse_cached(request)
        target = urlunparse(("", "", url.path, url.params, url.query, "")) or "/"
        if not _VALID_TARGET.fullmatch(target):
            raise _Unsendable(target)
        headers = [line for name, values in request.headers.items() for line in _header_lines(name, *values)]
        headers.append(origin.host_line)
        sizes = (
            meta.get("download_maxsize", self._default_maxsize),
            meta.get("download_warnsize", self._default_warnsize),
        )
        times = TryTimes(self._limits_of(request), monotonic)
        curl = self._idle.pop() if self._idle else CurlTry(self._reach, self._header_bytes)
        curl.begin(request, origin, target, headers, times, sizes)
        with wrap_twisted_exceptions():
            try:
                error = await _ended(self._multi.add_handle(curl.handle), times)
                return curl.response(
                    urldefrag(request.url)[0],
                    error,
                    fail_on_dataloss=meta.get("download_fail_on_dataloss", self._fail_on_dataloss),
                )
            finally:
                curl.forget()
                self._idle.append(curl)


async def _ended(fetching: Future[Any], times: TryTimes) -> int:
    """libcurl's error, 0 for none. Raises DownloadTimeoutError where a limit is reached, with which the try ends."""
    loop = get_running_loop()
    timer = loop.call_later(times.look_again_seconds(), lambda: look())

    def look() -> None:
        nonlocal timer
        if fetching.done():
            return
        if words := times.exceeded():
            fetching.set_exception(DownloadTimeoutError(words))
        else:
            timer = loop.call_later(times.look_again_seconds(), look)

    try:
        await fetching
    except pycurl.error as error:
        return int(error.args[0])
    finally:
        timer.cancel()
    return 0

"""Headers that end.

The defect (Scrapy 2.19.0): `DOWNLOAD_MAXSIZE` counts a response's body only. Twisted limits the length of a
header line, not the number of lines, so a server that sends headers without end fills the memory until the
time-out: 1557 MB in 10 s were measured.

It may go when the test of plain Scrapy in `tests/scrapy_fixes/test_header_limit.py` finds the download given
up. It is for Scrapy's HTTP/1.1 handler; aiohttp, behind the experimental one, has limits of its own.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy.exceptions import DownloadCancelledError, DownloadFailedError

from ecomscraper.scrapy_fixes.http11 import http11

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress
    from twisted.web._newclient import Request as TxRequest
    from twisted.web.iweb import IResponse

DEFAULT_LIMIT_BYTES = 64 * 1024


class HeadersTooLargeError(DownloadCancelledError):
    """The headers of a response exceed the limit. Like a body that does, it is not worth a retry."""


class _BoundedParser(http11._LenientHTTPClientParser):
    """Counts the status line and the header lines of a response and of the 1xx ones before it."""

    limit_bytes: int
    header_bytes = 0

    def lineReceived(self, line: bytes) -> None:
        self.header_bytes += len(line) + len(self.delimiter)
        if self.header_bytes > self.limit_bytes:
            raise HeadersTooLargeError(f"headers of more than {self.limit_bytes} bytes")
        super().lineReceived(line)


class BoundedProtocol(http11._LenientHTTP11ClientProtocol):
    """Scrapy's side of a connection, which gives up at headers of more than `limit_bytes`."""

    def __init__(self, quiescent_callback: Callable[[BoundedProtocol], None], limit_bytes: int) -> None:
        super().__init__(quiescent_callback)  # type: ignore[no-untyped-call]
        self._limit_bytes = limit_bytes

    def request(self, request: TxRequest) -> Deferred[IResponse]:
        response = super().request(request)
        # As Scrapy does to get its own parser in: Twisted makes a new one for each request.
        parser: Any = self._parser
        parser.__class__ = _BoundedParser
        parser.limit_bytes = self._limit_bytes
        return response


def _factory_of(protocol: type[BoundedProtocol], limit_bytes: int) -> type[http11._LenientHTTP11ClientFactory]:
    class BoundedFactory(http11._LenientHTTP11ClientFactory):
        def buildProtocol(self, addr: IAddress | None) -> BoundedProtocol:
            return protocol(self._quiescentCallback, limit_bytes)

    return BoundedFactory


@contextmanager
def headers_too_large_unwrapped() -> Iterator[None]:
    """Twisted wraps what ended a response, and Scrapy takes that for a failed download: raise what it was."""
    try:
        yield
    except DownloadFailedError as error:
        for reason in getattr(error.__cause__, "reasons", ()):
            if reason.check(HeadersTooLargeError):
                raise reason.value from None
        raise


class HTTP11DownloadHandler(http11.HTTP11DownloadHandler):
    """Scrapy's handler for `DOWNLOAD_HANDLERS` (http and https), which raises `HeadersTooLargeError`.

    Setting: `ECOM_DOWNLOAD_HEADERS_BYTES`, status line and headers of one response; 64 KiB where it is unset.
    """

    protocol: ClassVar[type[BoundedProtocol]] = BoundedProtocol

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        limit_bytes = crawler.settings.getint("ECOM_DOWNLOAD_HEADERS_BYTES", DEFAULT_LIMIT_BYTES)
        self._pool._factory = _factory_of(self.protocol, limit_bytes)

    async def download_request(self, request: Request) -> Response:
        with headers_too_large_unwrapped():
            return await super().download_request(request)

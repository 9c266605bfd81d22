"""Compressed bodies that break off are failed downloads.

The defect (Scrapy 2.19.0): `gunzip`, `_inflate`, `_unbrotli` and `_unzstd` return as much as there is. A
gzip body that was cut in the middle comes as status 200 without a flag, a log line or an exception; of a
listing of 100 items 7 were found.

All four formats mark their end (gzip: RFC 1952 §2.3, with a checksum; deflate: RFC 1950 §2.2; brotli: RFC
7932 §9.2, "ISLAST"; zstd: RFC 8878 §3.1.1.2, "Last_Block"). Here the end must be there. Sizes are bounded
while decompressing, as in Scrapy.

Where zlib-ng is installed it takes the place of zlib (0.04 ms a page of 117 kB instead of 0.07 to 0.2; the rest is
the same, messages included), unless `ECOM_ENGINE` is `scrapy`.

It may go when the test of plain Scrapy in `tests/scrapy_fixes/test_decompression.py` finds an error
instead of a page.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]
from scrapy.downloadermiddlewares.httpcompression import (
    HttpCompressionMiddleware as ScrapyHttpCompressionMiddleware,
)
from scrapy.http import Response
from scrapy.utils._compression import _check_max_size

from ecomscraper.scrapy_fixes.truncated import TruncatedResponseError, fail_as_download, must_be_whole

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

try:
    from zlib_ng import zlib_ng as quick_zlib
except ImportError:  # it is an extra
    quick_zlib = zlib  # type: ignore[misc]  # one for the other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from scrapy import Request
    from scrapy.crawler import Crawler

CHUNK_BYTES = 256 * 1024  # nearly every page is one, and need not be put together
# A body may be several compressed ones in a row. More than this many is an attack: each costs a copy of
# the rest.
MAX_MEMBERS = 100

GZIP_MAGIC = b"\x1f\x8b"
WITH_GZIP_HEADER = 31  # zlib's wbits
WITH_ZLIB_HEADER = 15
WITHOUT_HEADER = -15

NO_END = "it breaks off before its end"
BROKEN: tuple[type[Exception], ...] = (zlib.error, quick_zlib.error, brotli.error, zstd.ZstdError, EOFError)  # type: ignore[assignment]  # stubs


def _inflated(body: bytes, wbits: int, inflate: ModuleType) -> Iterator[bytes]:
    for _ in range(MAX_MEMBERS):
        stream = inflate.decompressobj(wbits)
        while not stream.eof:
            chunk = stream.decompress(body, CHUNK_BYTES)
            body = stream.unconsumed_tail
            if not (chunk or body or stream.eof):
                raise EOFError(NO_END)
            yield chunk
        body = stream.unused_data
        if wbits != WITH_GZIP_HEADER or not body.startswith(GZIP_MAGIC):
            return  # browsers, too, ignore what follows the end
    raise EOFError(f"it consists of more than {MAX_MEMBERS} compressed parts")


def _ungzipped(body: bytes, inflate: ModuleType) -> Iterator[bytes]:
    return _inflated(body, WITH_GZIP_HEADER, inflate)


def _inflated_deflate(body: bytes, inflate: ModuleType) -> Iterator[bytes]:
    """Servers send "deflate" with and without its header (RFC 9110 §8.4.1.2 warns of it)."""
    try:
        next(_inflated(body, WITH_ZLIB_HEADER, inflate))
    except inflate.error:
        return _inflated(body, WITHOUT_HEADER, inflate)
    return _inflated(body, WITH_ZLIB_HEADER, inflate)


def _unbrotlied(body: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    chunk = stream.process(body, output_buffer_limit=CHUNK_BYTES)
    while chunk:
        yield chunk
        chunk = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=CHUNK_BYTES)
    if not stream.is_finished():
        raise EOFError(NO_END)


def _unzstded(body: bytes) -> Iterator[bytes]:
    for _ in range(MAX_MEMBERS):
        stream = zstd.ZstdDecompressor()
        while not stream.eof:
            chunk = stream.decompress(body, CHUNK_BYTES)
            body = b""
            if not chunk and stream.needs_input and not stream.eof:
                raise EOFError(NO_END)
            yield chunk
        body = stream.unused_data
        if not body:
            return
    raise EOFError(f"it consists of more than {MAX_MEMBERS} compressed parts")


DECODERS: dict[bytes, Callable[[bytes, ModuleType], Iterator[bytes]]] = {
    b"gzip": _ungzipped,
    b"x-gzip": _ungzipped,
    b"deflate": _inflated_deflate,
    b"br": lambda body, _: _unbrotlied(body),
    b"zstd": lambda body, _: _unzstded(body),
}


def decoded(body: bytes, encoding: bytes, max_bytes: int, *, whole: bool, inflate: ModuleType = quick_zlib) -> bytes:
    """`body` without its content-coding; where it is broken, what comes before the break unless `whole`
    is asked for. `inflate` is zlib or a module like it.

    Raises TruncatedResponseError where `whole` and it is broken, and Scrapy's error where it exceeds
    `max_bytes` (0: no limit). An empty body is empty in every coding: redirects and the like are sent so.
    """
    parts: list[bytes] = []
    size = 0
    try:
        for chunk in DECODERS[encoding](body, inflate) if body else ():
            parts.append(chunk)
            size += len(chunk)
            _check_max_size(size, max_bytes)
    except BROKEN as error:
        if whole:
            raise TruncatedResponseError(f"the body is no complete {encoding.decode()}: {error}") from error
    return b"".join(parts)


class _Decoding(ScrapyHttpCompressionMiddleware):
    _whole: bool

    def __init__(self, *, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self._inflate = zlib if crawler.settings["ECOM_ENGINE"] == "scrapy" else quick_zlib

    def _decode(self, body: bytes, encoding: bytes, max_size: int) -> bytes:  # type: ignore[override]  # a static method
        return decoded(body, encoding, max_size, whole=self._whole, inflate=self._inflate)


class _AsMuchAsThereIs(_Decoding):
    _whole = False


class HttpCompressionMiddleware(_Decoding):
    """Scrapy's middleware, but a page whose compressed body is not whole is a `TruncatedResponseError`.

    Takes the place of Scrapy's, at 590. Error pages, and pages that the user wants as they are, give what
    there is.
    """

    _whole = True

    def __init__(self, *, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self._crawler = crawler
        self._tolerant = _AsMuchAsThereIs(crawler=crawler)

    async def process_response(  # type: ignore[override]  # Scrapy takes coroutines as well
        self, request: Request, response: Response
    ) -> Request | Response:
        was_compressed = "Content-Encoding" in response.headers
        if not must_be_whole(response):
            return self._tolerant.process_response(request, response)
        try:
            page = super().process_response(request, response)
        except TruncatedResponseError as error:
            return await fail_as_download(self._crawler, request, error)
        if was_compressed and isinstance(page, Response) and "Content-Encoding" not in page.headers:
            # Its compression showed its end: it does not matter that only the connection ended it.
            page.flags = [flag for flag in page.flags if flag != "partial"]
        return page

"""One request as libcurl makes it, and its answer as Scrapy's HTTP/1.1 handler would give it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from time import monotonic
from typing import Any

import pycurl
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError
from scrapy.http import Headers, Response
from scrapy.utils._download_handlers import get_maxsize_msg, get_warnsize_msg, make_response
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from twisted.web._newclient import HTTPParser, ResponseFailed, ResponseNeverReceived
from twisted.web.http import _DataLoss, _MalformedChunkedDataError
from twisted.web.http_headers import _nameEncoder

from ecomscraper.pace.timeouts import TryTimes
from ecomscraper.reach.hosts import Reach
from ecomscraper.reach.origins import Origin
from ecomscraper.scrapy_fixes.header_limit import HeadersTooLargeError
from ecomscraper.scrapy_fixes.http11 import http11

_NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_GIVEN_UP = -1  # what a callback says to libcurl for that
_RECEIVED_BYTES = 128 * 1024  # nearly every page is one piece, and need not be put together
_LOST = (pycurl.E_GOT_NOTHING, pycurl.E_RECV_ERROR, pycurl.E_SEND_ERROR, pycurl.E_PARTIAL_FILE)
_ANY_HEADERS = ["Host:", "Accept:", "User-Agent:"]  # … of its own libcurl leaves out, and then sends ours as they stand


class NotConnected(Exception):
    """libcurl got no connection: Twisted's client is to try, which may know other addresses."""


class NotReadable(Exception):
    """libcurl cannot read what came, or agree on TLS: Twisted's client is to ask."""


class _Socket(socket.socket):
    """Closes without a warning: libcurl has a copy."""

    def __del__(self) -> None:
        self.close()


@lru_cache(maxsize=256)
def _name_in_answer(name: bytes) -> tuple[bytes, bool]:
    """A header's name as Scrapy has it, and whether it is about the connection. Raises ValueError where it is none."""
    lower = name.lower()
    return _nameEncoder.encode(lower).title(), lower in HTTPParser.CONNECTION_CONTROL_HEADERS


class CurlTry:
    """A handle of libcurl's, which is made once and used for one request after the other."""

    def __init__(self, reach: Reach | None, header_bytes: int) -> None:
        self._reach = reach
        self._limit_bytes = header_bytes
        self._origin: Origin | None = None
        self._goes_to: str | None = None
        self._sent: Sequence[bytes] = ()
        self.handle = handle = pycurl.Curl()
        for option, value in (
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, "*"),
            (pycurl.NOSIGNAL, 1),
            (pycurl.CONNECTTIMEOUT, 24 * 60 * 60),  # ours end a try, not libcurl's
            (pycurl.HTTP_CONTENT_DECODING, 0),
            (pycurl.SSL_VERIFYPEER, 0),  # as Scrapy does
            (pycurl.SSL_VERIFYHOST, 0),
            (pycurl.SSL_ENABLE_ALPN, 0),
            (pycurl.BUFFERSIZE, _RECEIVED_BYTES),
            (pycurl.OPENSOCKETFUNCTION, self._open_socket),
            (pycurl.PREREQFUNCTION, self._connected),
            (pycurl.HEADERFUNCTION, self._header_line),
            (pycurl.WRITEFUNCTION, self._part_of_body),
        ):
            handle.setopt(option, value)

    def begin(
        self,
        request: Request,
        origin: Origin,
        target: str,
        headers: Sequence[bytes],
        times: TryTimes,
        sizes: tuple[int, int],
    ) -> None:
        """Make ready for `request`. `sizes`: of the body, that ends the try, and that is warned of; 0: none."""
        self.times = times
        self.failure: Exception | None = None
        self._request = request
        self._begun_at = monotonic()
        self._max_bytes, self._warn_bytes = sizes
        self._header_bytes = 0
        self._lines: list[bytes] = []
        self._headers: Headers | None = None
        self._flags: list[str] | None = None
        self._length: int | None = None
        self._parts: list[bytes] = []
        self._size = 0
        if origin is not self._origin or origin.address != self._goes_to:
            self._origin, self._goes_to = origin, origin.address
            self.handle.setopt(pycurl.URL, origin.url)
            self.handle.setopt(pycurl.RESOLVE, [f"{origin.host}:{origin.port}:{origin.address}"])
        self.handle.setopt(pycurl.REQUEST_TARGET, target)
        if headers != self._sent:
            self._sent = headers
            self.handle.setopt(pycurl.HTTPHEADER, [*_ANY_HEADERS, *headers])

    # ---- what libcurl tells ----

    def _open_socket(self, purpose: int, address: Any) -> Any:
        assert self._origin is not None
        self.times.connecting()
        if self._reach and self._reach.refuses_address(self._origin.netloc, ip_address(address.addr[0])):
            return pycurl.SOCKET_BAD
        return _Socket(address.family, address.socktype, address.protocol)

    def _connected(self, address: str, *_: Any) -> int:
        self.times.heard()
        self._address = address
        return int(pycurl.PREREQFUNC_OK)

    def _header_line(self, line: bytes) -> int | None:
        if self._headers is not None:  # those after a body
            return None
        self.times.heard()
        self._header_bytes += len(line)
        if self._header_bytes > self._limit_bytes:
            return self._give_up(HeadersTooLargeError(f"headers of more than {self._limit_bytes} bytes"))
        if line.strip(b"\r\n"):
            self._lines.append(line)
            return None
        return self._headers_are_complete()

    def _headers_are_complete(self) -> int | None:
        version, code = self._lines[0].split(None, 2)[:2]
        if HTTPStatus.CONTINUE <= int(code) < HTTPStatus.OK:  # another answer follows
            self._lines.clear()
            return None
        self._request.meta["download_latency"] = monotonic() - self._begun_at
        self._protocol, self._status = version.decode("ascii"), int(code)
        named: dict[bytes, list[bytes]] = {}
        about_connection: dict[bytes, list[bytes]] = {}
        for line in self._lines[1:]:
            name, _, value = line.partition(b":")
            try:
                known_name, is_of_connection = _name_in_answer(name)
            except ValueError as error:
                return self._give_up(_failed(error))
            (about_connection if is_of_connection else named).setdefault(known_name, []).append(value.strip())
        if self._status in _NO_BODY:
            self._length = 0
        elif b"Transfer-Encoding" not in about_connection and (lengths := about_connection.get(b"Content-Length")):
            self._length = int(lengths[0].partition(b",")[0])
        elif b"Transfer-Encoding" not in about_connection:
            self._flags = ["partial"]
        self._headers = Headers({} if self._length is None else {b"Content-Length": b"%d" % self._length})
        dict.update(self._headers, named)  # they are as Scrapy makes them
        return self._expects(self._length or 0)

    def _expects(self, size: int) -> int | None:
        if self._max_bytes and size > self._max_bytes:
            words = get_maxsize_msg(size, self._max_bytes, self._request, expected=True)
            http11.logger.warning(words)
            return self._give_up(DownloadCancelledError(words))
        self._warn_of(size, expected=True)
        return None

    def _part_of_body(self, part: bytes) -> int | None:
        self.times.heard()
        self._parts.append(part)
        self._size += len(part)
        is_too_long = self._max_bytes and self._size > self._max_bytes
        if is_too_long:
            http11.logger.warning(get_maxsize_msg(self._size, self._max_bytes, self._request, expected=False))
        self._warn_of(self._size, expected=False)
        return self._give_up(DownloadCancelledError("")) if is_too_long else None

    def _warn_of(self, size: int, *, expected: bool) -> None:
        """Once, where a body is longer than that."""
        if self._warn_bytes and size > self._warn_bytes:
            http11.logger.warning(get_warnsize_msg(size, self._warn_bytes, self._request, expected=expected))
            self._warn_bytes = 0

    def _give_up(self, error: Exception) -> int:
        self.failure = error
        return _GIVEN_UP

    # ---- how it ends ----

    def forget(self) -> None:
        """Keep nothing of the request and its answer until the next one."""
        del self._request, self._headers, self._lines, self._parts

    def response(self, url: str, error: int, *, fail_on_dataloss: bool) -> Response:
        """What came. `error` is libcurl's, 0 for none. Raises what Twisted's client and Scrapy's handler raise."""
        if self.failure is not None:
            raise self.failure
        if self._headers is None:
            if error == pycurl.E_COULDNT_CONNECT:
                raise NotConnected
            if error and error not in _LOST:
                raise NotReadable(error)
            raise _failed(self._why_lost(), came=self._header_bytes > 0)
        if error and self._flags is None:
            if fail_on_dataloss:
                raise ResponseDataLossError from _failed(self._why_lost(), _DataLoss())
            self._flags = ["dataloss"]
        return make_response(
            url=url,
            status=self._status,
            headers=self._headers,
            body=b"".join(self._parts),
            flags=self._flags,
            ip_address=_address(self._address),
            protocol=self._protocol,
        )

    def _why_lost(self) -> Exception:
        if self.handle.getinfo(pycurl.OS_ERRNO):
            return ConnectionLost()
        words = self.handle.errstr()
        return _MalformedChunkedDataError(words) if "chunk" in words else ConnectionDone()


def _failed(*why: Exception, came: bool = True) -> Exception:
    """As Twisted's client says it."""
    kind = ResponseFailed if came else ResponseNeverReceived
    failed: Exception = kind([Failure(error) for error in why])  # type: ignore[no-untyped-call]
    return failed


_address = lru_cache(maxsize=1024)(ip_address)

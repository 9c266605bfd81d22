"""A list of endpoints in a file: a URL a line, or a JSON object with URL, method, headers and body.

Headers and bodies may hold secrets, so they stay in the file: it is read again for each request that has some.
"""

from __future__ import annotations

import difflib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination.page_ref import URL, PageRef, quoted
from ecomscraper.pagination.url_list import checked_url, read_entries
from ecomscraper.sites.value_types import checked_header_name, checked_header_value

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KEYS = ("url", "method", "headers", "body")
_OF_THE_CONNECTION = ("connection", "content-length", "transfer-encoding")
_PLAIN = -1
_JSON = {"Content-Type": "application/json"}
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Endpoint(NamedTuple):
    """One request."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = _NO_HEADERS
    body: bytes = b""


def read_endpoint(line: str) -> Endpoint:
    """The endpoint of one line. Raises ValueError saying what is wrong; it shows no header and no body.

    >>> read_endpoint('{"url": "https://shop.example/cart", "method": "post", "body": {"sku": 7}}').body
    b'{"sku": 7}'
    """
    if not line.startswith("{"):
        return Endpoint(checked_url(line))
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no JSON object: {error}") from None
    for key in entry:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"allowed are {', '.join(_KEYS)}"
            raise ValueError(f"unknown key {quoted(key)}; {hint}")
    if not isinstance(entry.get("url"), str):
        raise ValueError('needs "url": "https://…"')
    headers = _headers(entry.get("headers", {}))
    body, its_headers = _body(entry.get("body", ""))
    method = _method(entry.get("method", "POST" if body else "GET"))
    names = {name.lower() for name in headers}
    its_headers = {name: value for name, value in its_headers.items() if name.lower() not in names}
    entry["url"].encode()  # half a character is no text, and raises ValueError, too
    return Endpoint(checked_url(entry["url"]), method, {**headers, **its_headers}, body)


class EndpointFile:
    """A checked list. Raises ArgumentError naming the lines to mend."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._starts = array("q")  # of each endpoint's line, in bytes; _PLAIN where it is but a URL
        hosts: set[str] = set()
        for endpoint, start in self._read():
            self._starts.append(_PLAIN if endpoint == Endpoint(endpoint.url) else start)
            hosts.add(urlsplit(endpoint.url).netloc.lower())
        self.hosts = frozenset(hosts)

    def refs(self) -> Iterator[PageRef]:
        """The endpoints as pages, in the order of the list."""
        for position, (endpoint, _) in enumerate(self._read(), 1):
            yield PageRef(position, position, endpoint.url, URL)

    def at(self, position: int, url: str) -> Endpoint:
        """The endpoint at `position`, from 1, which is `url`. Raises ArgumentError where its line is no more."""
        if self._starts[position - 1] == _PLAIN:
            return Endpoint(url)
        try:
            with self.path.open("rb") as file:
                file.seek(self._starts[position - 1])
                line = file.readline().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(f"{self.path}: cannot be read again: {error}") from error
        endpoint = next(read_entries([line], str(self.path), read_endpoint))
        if endpoint.url != url:
            raise ArgumentError(f"{self.path}: the list was changed: {endpoint.url} stands in its place")
        return endpoint

    def _read(self) -> Iterator[tuple[Endpoint, int]]:
        """Each endpoint and where its line starts."""
        starts: list[int] = [0]
        try:
            with self.path.open("rb") as file:
                for endpoint in read_entries(_lines(file, starts), str(self.path), read_endpoint):
                    yield endpoint, starts[0]
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(f"-a urls={self.path}: cannot be read as UTF-8 text: {error}") from error


def _lines(file: BinaryIO, starts: list[int]) -> Iterable[str]:
    """The lines of `file`; `starts[0]` is where the one given last starts."""
    end = 0
    for line in file:
        starts[0], end = end, end + len(line)
        yield line.decode("utf-8")


def _method(method: Any) -> str:
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise ValueError(f"method is {quoted(str(method))}; allowed are {', '.join(METHODS)}")
    return method.upper()


def _headers(headers: Any) -> Mapping[str, str]:
    if not isinstance(headers, dict):
        raise ValueError('headers must be an object such as {"Accept": "application/json"}')
    for name, value in headers.items():
        try:
            checked_header_name(name)
            if not isinstance(value, str):
                raise ValueError("must be a text in quotation marks")
            if name.lower() in _OF_THE_CONNECTION:
                raise ValueError("follows from the request; leave it out")
            checked_header_value(value)
        except ValueError as error:
            raise ValueError(f"header {quoted(name)} {error}") from None
    return headers


def _body(body: Any) -> tuple[bytes, Mapping[str, str]]:
    """The bytes to send and the headers that go with them: a text is sent as it is, anything else as JSON."""
    if isinstance(body, str):
        return body.encode(), {}
    return json.dumps(body, ensure_ascii=False).encode(), _JSON

"""A list of endpoints: URLs and JSON objects, a line each; a wrong line is named without its secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination.endpoints import Endpoint, EndpointFile, read_endpoint
from ecomscraper.pagination.page_ref import URL, PageRef

LIST = """\ufeff# my calls
https://shop.example/api/1

{"url": "https://shop.example/cart", "body": {"sku": "é"}, "headers": {"X-Key": "1"}}
 {"url": "https://api.example:8443/", "method": "delete"}
"""
ENDPOINTS = [
    Endpoint("https://shop.example/api/1"),
    Endpoint(
        "https://shop.example/cart",
        "POST",
        {"X-Key": "1", "Content-Type": "application/json"},
        '{"sku": "é"}'.encode(),
    ),
    Endpoint("https://api.example:8443/", "DELETE"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "calls.txt"
    file.write_text(LIST, encoding="utf-8")
    return file


def test_each_line_is_an_endpoint_in_its_order(path: Path) -> None:
    calls = EndpointFile(path)

    assert calls.hosts == {"shop.example", "api.example:8443"}
    assert list(calls.refs()) == [PageRef(n, n, endpoint.url, URL) for n, endpoint in enumerate(ENDPOINTS, 1)]
    assert [calls.at(position, ENDPOINTS[position - 1].url) for position in (3, 1, 2)] == [
        ENDPOINTS[2],
        ENDPOINTS[0],
        ENDPOINTS[1],
    ]


def test_a_text_is_sent_as_it_is_and_a_header_of_ones_own_wins() -> None:
    url = {"url": "https://shop.example/"}
    text = read_endpoint(json.dumps({**url, "method": "put", "body": "a=1"}))
    own = read_endpoint(json.dumps({**url, "body": [1], "headers": {"content-type": "application/vnd.api+json"}}))

    assert text == ("https://shop.example/", "PUT", {}, b"a=1")
    assert own == ("https://shop.example/", "POST", {"content-type": "application/vnd.api+json"}, b"[1]")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"url": "shop.example"}, '"shop.example" has no scheme; write https://shop.example'),
        ({"uri": "https://shop.example/"}, 'unknown key "uri"; did you mean url?'),
        ({"method": "GET"}, 'needs "url": "https://…"'),
        ({"method": "FETCH"}, 'method is "FETCH"; allowed are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'),
        ({"method": 7}, 'method is "7"; allowed are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'),
        ({"headers": ["a"]}, 'headers must be an object such as {"Accept": "application/json"}'),
        ({"headers": {"X-Key": 7}}, 'header "X-Key" must be a text in quotation marks'),
        ({"headers": {"X Key": "secret"}}, 'header "X Key" is no header name: letters, digits and hyphens'),
        ({"headers": {"X-Key": "secret\n"}}, 'header "X-Key" has a line break or a control character in it'),
        ({"headers": {"Content-Length": "3"}}, 'header "Content-Length" follows from the request; leave it out'),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write(entry: dict[str, Any], said: str, tmp_path: Path) -> None:
    file = tmp_path / "calls.jsonl"
    whole = entry if {"uri"} & entry.keys() or entry == {"method": "GET"} else {"url": "https://a.b/", **entry}
    file.write_text("https://shop.example/\n" + json.dumps(whole))

    with pytest.raises(ArgumentError) as refused:
        EndpointFile(file)

    assert str(refused.value).startswith(f"{file}:2: {said}")
    assert "secret" not in str(refused.value)


def test_a_line_that_is_not_json_is_told_where_it_breaks() -> None:
    with pytest.raises(ValueError, match=r"^is no JSON object: Expecting ',' delimiter: line 1 column 24"):
        read_endpoint('{"url": "https://a.b/" "method": "GET"}')


def test_a_list_that_is_gone_or_no_text_is_told(path: Path) -> None:
    calls = EndpointFile(path)
    with pytest.raises(ArgumentError, match=r"changed: https://shop\.example/cart stands in its place"):
        calls.at(2, "https://shop.example/basket")
    path.unlink()
    assert calls.at(1, ENDPOINTS[0].url) == ENDPOINTS[0]  # of which the ledger has all there is
    with pytest.raises(ArgumentError, match="cannot be read again: "):
        calls.at(2, ENDPOINTS[1].url)
    path.write_bytes(b"https://shop.example/\n\xff\n")
    with pytest.raises(ArgumentError, match="cannot be read as UTF-8 text: "):
        EndpointFile(path)

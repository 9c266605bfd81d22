"""The request of a page has the URL that Scrapy would give it; an answer tells of a block."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response

from ecomscraper.blocks.markers import HEADERS
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.pages.guards import PageLimits
from ecomscraper.pages.opening import open_page
from ecomscraper.sites.access_tables import Blocks
from ecomscraper.spiders.answers import PageRequest, block_problem

PAGE = b"<!doctype html><title>A listing</title><p>Some laptops</p>"

LABELS = st.text(st.sampled_from("abcXz09-_.\u00e9"), max_size=8)
PARTS = st.text(st.sampled_from("aZ09/_.~-%2f +=&;,:@!'()[]|#?\u00e9\t\\"), max_size=12)


def url_of(request_class: type[Request], url: str) -> str:
    try:
        return request_class(url).url
    except ValueError as error:
        return f"refused: {error}"


@settings(max_examples=1000)
@given(st.sampled_from(["http://", "https://", "HTTP://", "ftp://", ""]), LABELS, PARTS, PARTS)
def test_a_url_is_put_right_as_by_scrapy(scheme: str, host: str, path: str, query: str) -> None:
    for url in (f"{scheme}{host}/{path}?{query}", f"{scheme}{host}{path}", f"{scheme}{host}:8000/{path}"):
        assert url_of(PageRequest, url) == url_of(Request, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/page/2/",
        "https://127.0.0.1:8000/s?k=a+b&page=7",
        "http://shop.example/a b",
        "http://shop.example:80/",
        "http://shop.example:0080/x",
        "http://shop.example:99999/x",
        f"http://{'a' * 70}.example/",
        "http://xn--caf-dma.example/",
        "http://xn--a/",
        "http://shop.example/../x/./y//z",
        "http://shop.example/x?",
        "http://shop.example/%7e",
        " http://shop.example/ ",
        "http://1.2/",
        "http://0x7f.1/",
        "http://shop.example./",
        "http://a_b.example/",
    ],
)
def test_urls_of_odd_shapes(url: str) -> None:
    assert url_of(PageRequest, url) == url_of(Request, url)


@pytest.mark.parametrize(("name", "value"), [(name, value or "any") for name, value, _ in HEADERS])
def test_a_header_shows_a_block_however_it_is_spelt(name: str, value: str) -> None:
    page = PendingPage(1, 1, "http://shop.example/", 0)
    for spelt in (name, name.upper(), name.title()):
        response = Response(page.url, headers={spelt: value, "Server": "a"}, request=Request(page.url))
        response.meta["ecom_page"] = page
        document = open_page(PAGE, content_type="text/html", url=page.url, limits=PageLimits(depth=9, attributes=9))
        problem = block_problem(response, document, None, Blocks())
        assert problem is not None
        assert (problem.reason, problem.detail) == ("blocked", f"header {name}: {value}")
        del response.headers[name]
        assert block_problem(response, document, None, Blocks()) is None


def test_another_url_is_put_right_too() -> None:
    request = PageRequest("http://shop.example/", meta={"a": 1}).replace(url="http://shop.example/caf\u00e9")

    assert request.url == "http://shop.example/caf%C3%A9"
    assert request.meta == {"a": 1}

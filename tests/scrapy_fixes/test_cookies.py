from __future__ import annotations

from http.cookiejar import Cookie
from typing import Any

import pytest
import tldextract
from scrapy import Request
from scrapy.downloadermiddlewares import cookies as scrapy_cookies
from scrapy.http import Response

from ecomscraper.scrapy_fixes.cookies import CookiesMiddleware

FETCHES = "tldextract.cache._fetch_url"


class AskedTheInternet(Exception):
    pass


def answered(middleware: Any, url: str, cookie: str) -> list[Cookie]:
    """The cookies that are kept after an answer that sets one."""
    request = Request(url)
    middleware.process_request(request)
    middleware.process_response(request, Response(url, headers={"Set-Cookie": cookie}))
    return [each for jar in middleware.jars.values() for each in jar.jar]


@pytest.fixture
def no_internet(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise AskedTheInternet

    monkeypatch.setattr(FETCHES, refuse)
    fresh = tldextract.TLDExtract(cache_dir=str(tmp_path), include_psl_private_domains=True)
    monkeypatch.setattr(scrapy_cookies, "_split_domain", fresh)


@pytest.mark.usefixtures("no_internet")
def test_plain_scrapy_asks_the_internet() -> None:
    with pytest.raises(AskedTheInternet):
        answered(scrapy_cookies.CookiesMiddleware(), "https://shop.example/", "a=1; Domain=shop.example")


@pytest.mark.usefixtures("no_internet")
@pytest.mark.parametrize(
    ("url", "cookie", "kept"),
    [
        ("https://shop.example/", "a=1", ["shop.example"]),
        ("https://www.shop.co.uk/", "a=1; Domain=shop.co.uk", [".shop.co.uk"]),
        ("https://shop.co.uk/", "a=1; Domain=co.uk", []),
        ("https://shop.github.io/", "a=1; Domain=github.io", []),
        ("https://shop.example/", "a=1; Domain=other.example", []),
        ("http://127.0.0.1:8000/", "a=1", ["127.0.0.1"]),
    ],
)
def test_cookies_stay_with_their_shop(url: str, cookie: str, kept: list[str]) -> None:
    assert [each.domain for each in answered(CookiesMiddleware(), url, cookie)] == kept

"""What makes a text unfit to be a page's URL, and what the person who typed it is told."""

from __future__ import annotations

import pytest

from ecomscraper.pagination.page_ref import quoted, url_problem


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "https://shop.example/",
        "HTTPS://Shop.Example/A",
        "http://127.0.0.1:8000/page/2/?a=b&c=@d#e",
        "http://[::1]:8000/",
        "http://localhost?q=1",
        "https://bücher.example/größe/第4页",
    ],
)
def test_usable_urls(url: str) -> None:
    assert url_problem(url) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "is empty; write a URL such as https://shop.example/"),
        ("shop.example/laptops", "has no scheme; write https://shop.example/laptops"),
        ("//shop.example/", "has no scheme; write https://shop.example/"),
        ("localhost:8000/a", "has no scheme; write https://localhost:8000/a"),
        ("ftp://shop.example/", "has the scheme ftp; must be http or https"),
        ("mailto:a@shop.example", "has the scheme mailto; must be http or https"),
        ("file:///etc/hosts", "has the scheme file; must be http or https"),
        ("http:///page/2", "has no host, or a wrong one; write a URL such as https://shop.example/"),
        ("http://", "has no host, or a wrong one; write a URL such as https://shop.example/"),
        ("https:shop.example", "has no host, or a wrong one; write a URL such as https://shop.example/"),
        ("http://shop.example:port/", "has no host, or a wrong one; write a URL such as https://shop.example/"),
        ("http://shop.example/a b", "has a space or a control character in it; write %20 for a space"),
        ("http://shop.example/\x1b[31m", "has a space or a control character in it; write %20 for a space"),
        (
            "http://user:word@shop.example/",
            "carries a user name or password, which the results would show; set headers.Authorization",
        ),
    ],
)
def test_unusable_urls(url: str, problem: str) -> None:
    assert url_problem(url) == problem


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://shop.example/ü", '"https://shop.example/ü"'),
        ("a\x1b[31m\nb", '"a\\u001b[31m\\nb"'),
        ("http://user:word@shop.example/", '"http://***@shop.example/"'),
        ("x" * 1000, '"' + "x" * 97 + '…"'),
    ],
)
def test_quoted(text: str, shown: str) -> None:
    assert quoted(text) == shown

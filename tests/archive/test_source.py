"""Which crawl can be read again, and with which arguments."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ecomscraper.archive.source import arguments_again
from ecomscraper.exceptions import ArgumentError


def source(**arguments: str) -> Any:
    return SimpleNamespace(id=7, arguments=arguments)


def test_what_is_given_goes_over_what_the_crawl_had() -> None:
    again = arguments_again(source(site="acme", pages="2-5", title="h1"), {"title": "h2", "currency": "EUR"})
    assert again == {"site": "acme", "pages": "2-5", "title": "h2", "currency": "EUR"}


def test_a_secret_that_was_not_kept_is_not_needed() -> None:
    was = {"site": "acme", "cookies.session": "***", "first_request.form.password": "***", "title": "***"}
    assert arguments_again(source(**was), {}) == {"site": "acme", "title": "***"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("url", "-a url=x: the pages are those of crawl 7; leave it out"),
        ("urls", "the pages are those of crawl 7"),
        ("pages", "the pages are those of crawl 7"),
        ("resume", "belongs to scrapy crawl; a reparse costs no request"),
        ("retry", "belongs to scrapy crawl"),
    ],
)
def test_what_says_which_pages_is_refused(name: str, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        arguments_again(source(site="acme"), {name: "x"})

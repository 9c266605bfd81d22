"""A list of URLs becomes pages in its order; a wrong line is named with what to write."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination.page_ref import URL, PageRef
from ecomscraper.pagination.url_list import read_urls


def test_positions_count_urls_only_and_a_url_listed_twice_is_two_pages() -> None:
    lines = [
        "\ufeff# my shops\n",
        "\n",
        " https://shop.example/b \r\n",
        "   \n",
        "#https://no\n",
        "https://shop.example/a\n",
    ]
    assert list(read_urls([*lines, "https://shop.example/b"], "urls.txt")) == [
        PageRef(1, 1, "https://shop.example/b", URL),
        PageRef(2, 2, "https://shop.example/a", URL),
        PageRef(3, 3, "https://shop.example/b", URL),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_url() -> None:
    assert next(read_urls(["\ufeffhttps://shop.example/"], "urls.txt")).url == "https://shop.example/"


def test_the_list_is_streamed() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield "https://shop.example/"

    pages = read_urls(endless(), "urls.txt")
    assert [next(pages).position for _ in range(3)] == [1, 2, 3]


def test_wrong_lines_are_named_together_and_none_of_the_pages_after_them_comes() -> None:
    pages = read_urls(["https://a.example", "www.shop.example/a", "https://b.example", "ftp://c"], "urls.txt")
    assert next(pages).url == "https://a.example"
    with pytest.raises(ArgumentError) as raised:
        next(pages)
    assert str(raised.value).splitlines() == [
        'urls.txt:2: "www.shop.example/a" has no scheme; write https://www.shop.example/a',
        'urls.txt:4: "ftp://c" has the scheme ftp; must be http or https',
    ]


def test_five_wrong_lines_are_enough() -> None:
    lines = iter(["shop.example"] * 8)
    with pytest.raises(ArgumentError) as raised:
        list(read_urls(lines, "urls.txt"))
    assert [line.split(" ")[0] for line in str(raised.value).splitlines()] == [f"urls.txt:{n}:" for n in range(1, 6)]
    assert len(list(lines)) == 3


@pytest.mark.parametrize("lines", [[], ["\n", "# nothing\n"], ["\ufeff"]])
def test_a_list_without_urls(lines: list[str]) -> None:
    with pytest.raises(ArgumentError, match=r"^urls\.txt: there is no URL in it; write one on each line$"):
        list(read_urls(lines, "urls.txt"))


@pytest.mark.slow
def test_a_million_lines_take_seconds() -> None:
    start = time.process_time()
    lines = (f"https://shop.example/listing/page/{number}/\n" for number in range(1_000_000))
    assert sum(1 for _ in read_urls(lines, "urls.txt")) == 1_000_000
    assert time.process_time() - start < 5

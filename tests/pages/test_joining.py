"""Plain addresses are joined as `urljoin` joins them, and all others by it."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecomscraper.pages.joining import joined, plainly_joined

BASES = st.sampled_from([
    "http://shop.example/", "https://shop.example:8443/a/b", "http://shop.example", "http://shop.example/a?b=c",
    "http://shop.example/a;b=c/d", "http://shop.example/a/../b", "//shop.example/a", "ftp://shop.example/a", "",
])  # fmt: skip
LINKS = st.text(alphabet="ab./:;?&#=%~@-_ 1é", max_size=14) | st.sampled_from([
    "https://other.example/x", "HTTP://shop.example/", "//other.example/x", "http:x", "http://o.example?x", "/a/./b",
])  # fmt: skip


@given(BASES, LINKS)
@example("http://shop.example/a/", "/product/shirt-7/")
@example("http://shop.example/a/", "?add-to-cart=7")
@example("http://shop.example/a/", "?")
@example("http://shop.example", "?a=1")
def test_a_link_is_joined_as_urljoin_does(base: str, link: str) -> None:
    try:
        right = urljoin(base, link.strip(" "))
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  # whatever it says
            joined(base, link)
        return
    if "  " not in link.strip(" "):
        assert joined(base, link) == right


@pytest.mark.parametrize("link", ["/product/shirt-7/", "?add-to-cart=7", "https://cdn.example/a.jpg", "/"])
def test_what_nearly_all_links_are_is_plain(link: str) -> None:
    assert plainly_joined("http://shop.example/a/", link) == urljoin("http://shop.example/a/", link)


@pytest.mark.parametrize("link", ["/a/../b", "b", "/a?b", "/a&amp;b", "//other.example/", "/a#b", "/a b", ""])
def test_what_means_more_than_itself_is_not(link: str) -> None:
    assert plainly_joined("http://shop.example/a/", link) is None

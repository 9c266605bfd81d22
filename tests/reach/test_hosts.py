from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.reach.hosts import Reach, Refusal, _host_of, host_of

REACH = Reach.of(
    ["shop.example", "127.0.0.1:8000", "www.cdn.example:8443", "intranet.example"],
    private=["intranet.example"],
    url_bytes=100,
)
PAGE = "https://shop.example/all/?page=2"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://shop.example/", "shop.example"),
        ("HTTP://WWW.SHOP.EXAMPLE.:80/a?b#c", "shop.example"),
        ("https://shop.example:443", "shop.example"),
        ("https://shop.example:8443/", "shop.example:8443"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://[::1]:8000/", "[::1]:8000"),
        ("http://[::1]/", "[::1]"),
        ("http://user@shop.example/", ""),
        ("http://shop.example@evil.example/", ""),
        ("http://shop.example:port/", ""),
        ("http://shop.example:99999/", ""),
        ("http://[::1/", ""),
        ("http:///path", ""),
        ("http://" + "ü" * 70 + ".example/", ""),
    ],
)
def test_hosts_of_urls(url: str, host: str) -> None:
    assert host_of(url) == host


URLS = st.tuples(
    st.sampled_from(["http://", "https://", "HTTP://", "http:", "//", "ftp://", " http://", ""]),
    st.sampled_from(["", "user@", "user:80@"]),
    st.sampled_from(
        ["shop.example", "WWW.Shop.example.", "127.0.0.1", "[::1]", "[::1", "b\u00fccher.example", "a b", "a\tb", ""]
    ),
    st.sampled_from(["", ":", ":80", ":443", ":8000", ":99999", ":port"]),
    st.sampled_from(["", "/", "/a/b?c=d#e", "?a/b", "#a/", "\\a/", "//", "/[", "/\u2100", "/\na"]),
).map("".join)


@given(URLS)
def test_a_host_is_what_parsing_the_whole_url_finds(url: str) -> None:
    assert host_of(url) == _host_of(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/",
        "http://shop.example/",
        "https://www.shop.example/all/",
        "http://127.0.0.1:8000/",
        "https://cdn.example:8443/x",
    ],
)
def test_redirects_within_reach(url: str) -> None:
    assert REACH.refuses_redirect(url, PAGE) is None


def test_a_redirect_to_the_host_that_was_asked_for_is_within_reach() -> None:
    assert REACH.refuses_redirect("https://www.other.example:443/b", "http://other.example/a") is None
    assert REACH.refuses_redirect("https://other.example/b", PAGE) is not None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://evil.example/", "evil.example"),
        ("http://127.0.0.1:6379/", "127.0.0.1:6379"),
        ("https://shop.example:8443/", "shop.example:8443"),
        ("https://shop.example.evil.example/", "shop.example.evil.example"),
        ("https://cdn.example/", "cdn.example"),
    ],
)
def test_redirects_to_other_hosts(url: str, host: str) -> None:
    refusal = Refusal("offsite", f"redirected to {host}, which is no host of this crawl")
    assert REACH.refuses_redirect(url, PAGE) == refusal


@pytest.mark.parametrize(
    ("url", "reason", "what"),
    [
        ("file:///etc/passwd", "offsite", "file:"),
        ("data:text/html,x", "offsite", "data:"),
        ("https://me@shop.example/", "bad_url", "a URL without a usable host:"),
        ("https:///x", "bad_url", "a URL without a usable host:"),
    ],
)
def test_redirects_to_what_is_no_page(url: str, reason: str, what: str) -> None:
    assert REACH.refuses_redirect(url, PAGE) == Refusal(reason, f"redirected to {what} {url}")


def test_urls_have_a_greatest_length() -> None:
    fits = "https://shop.example/".ljust(100, "x")
    assert REACH.refuses_redirect(fits, PAGE) is None
    refusal = REACH.refuses_redirect(fits + "x", PAGE)
    assert refusal == Refusal("bad_url", f"redirected to a URL of 101 bytes, more than 100: {fits}…")


def test_a_named_address_may_be_asked_at_its_port_only() -> None:
    assert REACH.refuses_host("127.0.0.1:8000") is None
    assert REACH.refuses_host("127.0.0.1:8001") == Refusal(
        "forbidden_address", "127.0.0.1:8001 is at 127.0.0.1, a loopback address, and nobody named that"
    )
    assert REACH.refuses_host("0x7f.1:8000") == Refusal(
        "forbidden_address", "0x7f.1 is an address in an unusual spelling, and nobody named it"
    )


def test_a_named_host_that_sounds_public_must_be_public() -> None:
    private, public = ip_address("10.0.0.1"), ip_address("93.184.215.14")
    assert REACH.refuses_host("shop.example") is None
    assert REACH.refuses_address("shop.example", public) is None
    assert REACH.refuses_address("shop.example", private) == Refusal(
        "forbidden_address", "shop.example is at 10.0.0.1, a private address, and nobody named that"
    )
    assert REACH.refuses_address("intranet.example", private) is None


@pytest.mark.parametrize("host", ["localhost:8000", "shop.localhost", "nas", "shop.lan", "[fd00::1]:8000", "0x7f.1"])
def test_who_names_a_private_host_means_it(host: str) -> None:
    private = ip_address("fd00::1")
    assert Reach.of([host], [], 100).refuses_address(host, private) is None
    assert Reach.of(["shop.example"], [], 100).refuses_address(host, private) is not None


@pytest.mark.parametrize(
    ("netloc", "why"),
    [
        ("localhost", "localhost is private by its name, and nobody named it"),
        ("metadata.internal", "metadata.internal is private by its name, and nobody named it"),
        ("nas:5000", "nas is private by its name, and nobody named it"),
        ("10.0.0.1", "10.0.0.1 is at 10.0.0.1, a private address, and nobody named that"),
        ("0x7f.2", "0x7f.2 is private by its name, and nobody named it"),
    ],
)
def test_a_proxy_is_not_sent_where_we_would_not_go(netloc: str, why: str) -> None:
    assert REACH.refuses_name(netloc) == Refusal("forbidden_address", why)


@pytest.mark.parametrize("netloc", ["shop.example", "intranet.example", "elsewhere.example:8080", "127.0.0.1:8000"])
def test_a_proxy_looks_up_public_names_itself(netloc: str) -> None:
    assert REACH.refuses_name(netloc) is None

from __future__ import annotations

import pytest

from ecomscraper.proxies.address import Proxy, labels, parse_proxy


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("10.0.0.1:8080", Proxy("http", "10.0.0.1", 8080)),
        ("http://Proxy.Example:3128/", Proxy("http", "proxy.example", 3128)),
        ("HTTP://u:p@proxy.example:3128", Proxy("http", "proxy.example", 3128, "u", "p")),
        ("http://u:a%3Ab%40%23@proxy.example:1", Proxy("http", "proxy.example", 1, "u", "a:b@#")),
        ("http://u:p@ss@proxy.example:1", Proxy("http", "proxy.example", 1, "u", "p@ss")),
        ("http://u:a#b/c?d@proxy.example:1", Proxy("http", "proxy.example", 1, "u", "a#b/c?d")),
        ("http://token@proxy.example:1", Proxy("http", "proxy.example", 1, "token")),
        ("proxy.example:1:u:p", Proxy("http", "proxy.example", 1, "u", "p")),
        ("socks5://proxy.example:1080", Proxy("socks5", "proxy.example", 1080)),
        ("socks5h://u:p@[2001:db8::1]:1080", Proxy("socks5", "2001:db8::1", 1080, "u", "p")),
        ("http://me-{session}:p@gate.example:7000", Proxy("http", "gate.example", 7000, "me-{session}", "p")),
    ],
)
def test_what_is_a_proxy(text: str, proxy: Proxy) -> None:
    assert parse_proxy(text) == proxy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("proxy.example", "there is no host with a port"),
        ("http://u:s3cret@proxy.example", "there is no host with a port"),
        ("http://u:s3cret@:80", "there is no host with a port"),
        ("http://proxy.example:0", "there is no host with a port"),
        ("http://proxy.example:65536", "there is no host with a port"),
        ("u:s3cret:proxy.example:80", "there is no usable host|no host with a port|IPv6"),
        ("http://2001:db8::1:80", "stands in brackets"),
        ("https://u:s3cret@proxy.example:443", "go through http:// ones, too"),
        ("socks4://u:s3cret@proxy.example:1080", "is http:// or socks5://, not socks4://"),
        ("http://:s3cret@proxy.example:80", "no user name"),
        ("http://a%3Ab:s3cret@proxy.example:80", "colon in the user name"),
        ("http://a:s3cret%0A@proxy.example:80", "control character"),
        (f"socks5://u:s3cret{'x' * 250}@proxy.example:80", "255 bytes at most"),
        ("http://u:s3cret@pro xy.example:80", "no usable host"),
    ],
)
def test_what_is_none_is_told_without_its_password(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        parse_proxy(text)
    assert "s3cret" not in str(raised.value)


def test_nothing_that_prints_a_proxy_prints_how_it_knows_us() -> None:
    proxy = parse_proxy("http://me:s3cret@proxy.example:80")

    assert repr(proxy) == str(proxy) == "Proxy(scheme='http', host='proxy.example', port=80)"
    assert proxy.address == "http://proxy.example:80"
    assert proxy.authorization == b"Basic bWU6czNjcmV0"


def test_labels_tell_apart_what_differs_in_credentials_only() -> None:
    alice, bob, other = (parse_proxy(text) for text in ("a:1:alice:x", "a:1:bob:x", "b:1"))

    assert labels([alice, bob, other, alice]) == {"http://a:1": alice, "http://a:1#2": bob, "http://b:1": other}


def test_a_changed_list_leaves_those_that_stay_their_labels() -> None:
    alice, bob, carol = (parse_proxy(f"a:1:{user}:x") for user in ("alice", "bob", "carol"))
    before = labels([alice, bob])

    assert labels([carol, bob], before) == {"http://a:1#2": bob, "http://a:1": carol}


def test_a_gateway_has_a_place_for_the_session() -> None:
    gateway = parse_proxy("http://me-session-{session}:p@gate.example:7000")

    assert gateway.is_gateway
    assert gateway.in_session("k3").user == "me-session-k3"
    assert not gateway.in_session("k3").is_gateway
    assert not parse_proxy("gate.example:7000").is_gateway

from __future__ import annotations

import pytest

from ecomscraper.proxies.address import Proxy
from ecomscraper.proxies.handshake import TunnelRefused, handshake

HTTP = Proxy("http", "p", 1)
KNOWN = Proxy("http", "p", 1, "u", "p")
SOCKS = Proxy("socks5", "p", 1)
SOCKS_KNOWN = Proxy("socks5", "p", 1, "u", "p")
SERVED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"


def spoken(proxy: Proxy, *received: bytes, host: str = "shop.example", port: int = 443) -> tuple[list[bytes], bytes]:
    """(what was sent, what came too early), with each of `received` as a packet of its own."""
    steps = handshake(proxy, host, port)
    sent = [next(steps)]
    try:
        for packet in received:
            sent.append(steps.send(packet))
    except StopIteration as end:
        return [each for each in sent if each], end.value
    raise AssertionError("the tunnel is not open yet")


def by_bytes(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]


def test_connect() -> None:
    sent, rest = spoken(HTTP, b"HTTP/1.1 200 OK\r\n\r\n")

    assert sent == [b"CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n"]
    assert rest == b""


def test_connect_with_credentials_to_an_address_of_ipv6() -> None:
    sent, _ = spoken(KNOWN, b"HTTP/1.0 200\r\n\r\n", host="2001:db8::1")

    assert sent == [
        b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
    ]


@pytest.mark.parametrize("packets", [1, 0])
def test_an_answer_may_come_in_pieces_and_with_what_follows(packets: int) -> None:
    answer = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"

    assert spoken(HTTP, *([answer + b"more"] if packets else by_bytes(answer)))[1] == (b"more" if packets else b"")


@pytest.mark.parametrize(
    ("answer", "said", "by_the_shop"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "answers 407 to CONNECT", False),
        (b"HTTP/1.1 403 No\r\n\r\n", "answers 403 to CONNECT", False),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "answers 502 to CONNECT", True),
        (b"SSH-2.0-x\r\n\r\n", "answers CONNECT with what is not HTTP", False),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 4000, "headers without end", False),
    ],
)
def test_connect_refused(answer: bytes, said: str, by_the_shop: bool) -> None:
    with pytest.raises(TunnelRefused, match=said) as raised:
        spoken(HTTP, answer, b"more")
    assert raised.value.by_the_shop is by_the_shop


def test_socks5_asks_for_the_name() -> None:
    sent, rest = spoken(SOCKS, b"\x05\x00", SERVED)

    assert sent == [b"\x05\x01\x00", b"\x05\x01\x00\x03\x0cshop.example\x01\xbb"]
    assert rest == b""


@pytest.mark.parametrize(
    ("host", "wanted"), [("127.0.0.1", b"\x01\x7f\x00\x00\x01"), ("::1", b"\x04" + b"\x00" * 15 + b"\x01")]
)
def test_socks5_asks_for_an_address(host: str, wanted: bytes) -> None:
    sent, _ = spoken(SOCKS, b"\x05\x00", SERVED, host=host, port=80)

    assert sent[1] == b"\x05\x01\x00" + wanted + b"\x00\x50"


def test_socks5_with_credentials_byte_by_byte() -> None:
    name = b"\x05\x00\x00\x03\x02ab\x00\x50"
    sent, rest = spoken(SOCKS_KNOWN, *by_bytes(b"\x05\x02\x01\x00" + name))

    assert sent[:2] == [b"\x05\x02\x00\x02", b"\x01\x01u\x01p"]
    assert rest == b""


def test_socks5_that_wants_no_credentials_gets_none() -> None:
    sent, _ = spoken(SOCKS_KNOWN, b"\x05\x00", b"\x05\x00\x00\x04" + b"\x00" * 18)

    assert b"\x01\x01u\x01p" not in sent


@pytest.mark.parametrize(
    ("proxy", "packets", "said", "by_the_shop"),
    [
        (SOCKS, [b"HTTP/1.1 400 Bad Request"], "does not speak SOCKS5", False),
        (SOCKS, [b"\x05\xff"], "takes none without a password", False),
        (SOCKS, [b"\x05\x02"], "takes none without a password", False),
        (SOCKS_KNOWN, [b"\x05\xff"], "takes no user and password of ours", False),
        (SOCKS_KNOWN, [b"\x05\x02", b"\x01\x01"], "refuses the user name or the password", False),
        (SOCKS, [b"\x05\x00", b"\x05\x02\x00\x01"], "answers not allowed by its rules", False),
        (SOCKS, [b"\x05\x00", b"\x05\x05\x00\x01"], "answers connection refused", True),
        (SOCKS, [b"\x05\x00", b"\x05\x63\x00\x01"], "answers reply 99", False),
        (SOCKS, [b"\x05\x00", b"\x05\x00\x00\x09"], "does not speak SOCKS5", False),
    ],
)
def test_socks5_refused(proxy: Proxy, packets: list[bytes], said: str, by_the_shop: bool) -> None:
    with pytest.raises(TunnelRefused, match=said) as raised:
        spoken(proxy, *packets)
    assert raised.value.by_the_shop is by_the_shop

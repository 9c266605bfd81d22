"""What is said to a proxy before the shop is at the other end: HTTP CONNECT (RFC 9110 §9.3.6) and SOCKS5 (RFC 1928).

Each is a generator of what is to be sent, which takes what was received and returns what came too early: it knows no
socket. The libraries for SOCKS5 that are kept up give asyncio's sockets, which Twisted's agent cannot use, and read the
answer to CONNECT with one call, so that one which comes in two packets breaks the encryption after it.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from ipaddress import ip_address
from struct import pack

from ecomscraper.proxies.address import Proxy

Handshake = Generator[bytes, bytes, bytes]

_MOST_BYTES = 16 * 1024  # of an answer to CONNECT
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] +([1-5]\d\d)\b")
_BEYOND_THE_PROXY = range(500, 600)  # it says that the shop could not be reached

_NO_PASSWORD, _BY_PASSWORD, _NONE_OF_THESE = 0, 2, 0xFF
_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}
_SHOP_UNREACHED = (3, 4, 5, 6)
_ADDRESS_BYTES = {1: 4, 4: 16}


class TunnelRefused(Exception):
    """There is no way to the shop by this proxy. `by_the_shop`: as far as it says, the shop is what fails."""

    def __init__(self, words: str, *, by_the_shop: bool = False) -> None:
        super().__init__(words)
        self.by_the_shop = by_the_shop


def handshake(proxy: Proxy, host: str, port: int) -> Handshake:
    """What opens a way to `host`, a name or an address, by this proxy. Raises TunnelRefused while it runs."""
    return (_socks5 if proxy.scheme == "socks5" else _connect)(proxy, host, port)


def _connect(proxy: Proxy, host: str, port: int) -> Handshake:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {target} HTTP/1.1".encode(), f"Host: {target}".encode()]
    if proxy.authorization:
        lines.append(b"Proxy-Authorization: " + proxy.authorization)
    answer = yield b"\r\n".join([*lines, b"", b""])
    while b"\r\n\r\n" not in answer:
        if len(answer) > _MOST_BYTES:
            raise TunnelRefused("answers CONNECT with headers without end")
        answer += yield b""
    status = _STATUS_LINE.match(answer)
    if status is None:
        raise TunnelRefused("answers CONNECT with what is not HTTP")
    code = int(status[1])
    if not 200 <= code < 300:
        raise TunnelRefused(f"answers {code} to CONNECT", by_the_shop=code in _BEYOND_THE_PROXY)
    return answer.partition(b"\r\n\r\n")[2]


def _socks5(proxy: Proxy, host: str, port: int) -> Handshake:
    methods = [_NO_PASSWORD] if proxy.user is None else [_NO_PASSWORD, _BY_PASSWORD]
    answer = yield from _exactly(2, (yield bytes([5, len(methods), *methods])))
    version, method, rest = answer[0], answer[1], answer[2:]
    if version != 5:
        raise TunnelRefused("does not speak SOCKS5")
    if method == _NONE_OF_THESE or method not in methods:
        wants = "no user and password of ours" if proxy.user is not None else "none without a password"
        raise TunnelRefused(f"takes {wants}")
    if method == _BY_PASSWORD:
        user, password = (proxy.user or "").encode(), proxy.password.encode()
        said = bytes([1, len(user)]) + user + bytes([len(password)]) + password  # RFC 1929
        answer = yield from _exactly(2, rest + (yield said))
        if answer[1] != 0:
            raise TunnelRefused("refuses the user name or the password")
        rest = answer[2:]
    answer = yield from _exactly(4, rest + (yield b"\x05\x01\x00" + _socks_address(host) + pack(">H", port)))
    if answer[1] != 0:
        why = _REPLIES.get(answer[1], f"reply {answer[1]}")
        raise TunnelRefused(f"answers {why}", by_the_shop=answer[1] in _SHOP_UNREACHED)
    if answer[3] == 3:  # a name: its length, itself
        answer = yield from _exactly(5, answer)
        length = 5 + answer[4] + 2
    elif answer[3] in _ADDRESS_BYTES:
        length = 4 + _ADDRESS_BYTES[answer[3]] + 2
    else:
        raise TunnelRefused("does not speak SOCKS5")
    return (yield from _exactly(length, answer))[length:]


def _exactly(count: int, received: bytes) -> Handshake:
    """At least `count` bytes, of which some were received before."""
    while len(received) < count:
        received += yield b""
    return received


def _socks_address(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        name = host.encode("idna") if not host.isascii() else host.encode()
        return bytes([3, len(name)]) + name
    return bytes([1 if address.version == 4 else 4]) + address.packed

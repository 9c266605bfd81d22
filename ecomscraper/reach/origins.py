"""Where requests go, as libcurl is told it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ecomscraper.reach.addresses import is_disguised, spelled_address

_PLAIN: Final = re.compile(r"([A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::([0-9]{1,5}))?", re.ASCII)
_DEFAULT_PORT: Final = {"http": 80, "https": 443}


@dataclass(slots=True, eq=False)
class Origin:
    """A scheme, a host and a port."""

    url: str
    netloc: str
    host: str
    port: int
    host_line: bytes
    """The header that names it, as Twisted's client writes it."""
    address: str | None
    """Where to connect; None while nobody has."""
    is_twisteds: bool = False
    """Whether what answers there is too odd for libcurl."""


def origin_of(scheme: str, netloc: str) -> Origin | None:
    """None for what only Twisted's client takes as it is: user names, IPv6, numbers that may be an address …"""
    plain = _PLAIN.fullmatch(netloc)
    if plain is None or scheme not in _DEFAULT_PORT or is_disguised(plain[1]):
        return None
    host, port = plain[1], int(plain[2] or _DEFAULT_PORT[scheme])
    if not 0 < port < 2**16:
        return None
    shown = host if port == _DEFAULT_PORT[scheme] else f"{host}:{port}"
    return Origin(
        url=f"{scheme}://{host}:{port}/",
        netloc=netloc,
        host=host,
        port=port,
        host_line=f"Host: {shown}".encode(),
        address=host if spelled_address(host) else None,
    )

"""By which way requests reach a host: each way has a pace of its own, as the shop counts by the address it sees."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

DIRECT = "direct"


class Egress(NamedTuple):
    """`host` as in URLs, with a port that is not the usual one; `way`: "direct", or a proxy's host and port."""

    host: str
    way: str = DIRECT

    def __str__(self) -> str:
        return self.host if self.way == DIRECT else f"{self.host} by {self.way}"


def egress_of(url: str, proxy: str | None) -> Egress:
    """The egress of a request to `url` that goes by `proxy`, a URL whose user and password are left out; or None."""
    return Egress(_host_and_port(url), _host_and_port(proxy) if proxy else DIRECT)


def _host_and_port(url: str) -> str:
    """As `scheme://user:password@host:port/…` has it, without user and password."""
    return urlsplit(url if "://" in url else f"//{url}").netloc.rpartition("@")[2]

"""Which addresses are public, and which spellings of a host are addresses. Pure: nothing is looked up.

A crawler runs where its user trusts it: beside databases, routers, and the services that give a cloud
machine its keys. A shop that leads it there, by a redirect or by what its name server answers, must fail.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote

Address = IPv4Address | IPv6Address

# The special-purpose registries of IANA (RFC 6890) as tables of our own: what Python's `is_global` says of them
# changed between its patch releases. The first network that fits, so narrow ones stand first.
_NOT_PUBLIC: Final = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata"),  # Azure's, though it lies among the public ones
        ("169.254.169.254/32", "metadata"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmark"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard"),
        ("fd00:ec2::254/128", "metadata"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA has given out of IPv6
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052: how a network without IPv4 reaches IPv4

# No public name ends like this: RFC 6761 (localhost, test), 6762 (local), 8375 (home.arpa), ICANN 2024 (internal),
# and what home routers use.
_PRIVATE_ENDINGS: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")


def kind_if_not_public(address: Address) -> str:
    """ "loopback", "private", "metadata" …; "" for a public address.

    An IPv6 address that stands for an IPv4 one by mapping or by NAT64 is what that one is.

    >>> kind_if_not_public(ip_address("::ffff:10.0.0.1"))
    'private'
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return kind_if_not_public(address.ipv4_mapped)
        if address in _NAT64:
            return kind_if_not_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    for network, kind in _NOT_PUBLIC:
        if _is_in(address, network):
            return kind
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "reserved"
    return ""


@lru_cache(maxsize=4096)
def spelled_address(host: str) -> Address | None:
    """The address that a URL's host is, in its usual spelling, with or without brackets; None for a name."""
    try:
        return ip_address(_plain(host))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def is_disguised(host: str) -> bool:
    """Whether `host` is a number that some read as an IPv4 address and others do not, or as another one.

    `0x7f.1`, `2130706433`, `127.1` and `0177.0.0.1` are loopback to the C library and to browsers, and
    `010.0.0.1` is 8.0.0.1 to some and 10.0.0.1 to others. No top-level domain is a number, so whatever ends
    in one is meant as an address (WHATWG URL, "ends in a number").
    """
    plain = _plain(host)
    last = plain.rpartition(".")[2]
    is_number = last.isdecimal() or (last.startswith("0x") and all(digit in "0123456789abcdef" for digit in last[2:]))
    return is_number and spelled_address(host) is None


def sounds_private(host: str) -> bool:
    """Whether a host is private by its own name: an address, one label, or an ending that no public name has."""
    plain = _plain(host)
    return (
        "." not in plain or plain.endswith(_PRIVATE_ENDINGS) or is_disguised(host) or spelled_address(host) is not None
    )


def _plain(host: str) -> str:
    """Lower case, digits of any script as ASCII ones, without %-escapes, brackets and the root's dot."""
    plain = unicodedata.normalize("NFKC", unquote(host)).lower()
    return plain.removeprefix("[").removesuffix("]").removesuffix(".")


def _is_in(address: Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network

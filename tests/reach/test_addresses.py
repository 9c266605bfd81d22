from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.reach.addresses import is_disguised, kind_if_not_public, sounds_private, spelled_address


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "unspecified"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "shared (carrier-grade NAT)"),
        ("100.100.100.200", "shared (carrier-grade NAT)"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "metadata"),
        ("169.254.169.254", "metadata"),
        ("169.254.170.2", "link-local"),
        ("172.31.0.1", "private"),
        ("192.0.0.192", "reserved"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("192.168.0.1", "private"),
        ("198.19.0.1", "benchmark"),
        ("239.1.1.1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::1%lo", "loopback"),
        ("::7f00:1", "IPv4-compatible"),
        ("::5db8:d70e", "IPv4-compatible"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "metadata"),
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b:1::5db8:d70e", "local NAT64"),
        ("100::1", "discard"),
        ("fd00:ec2::254", "metadata"),
        ("fc00::1", "private"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("2001:0:7f00:1::", "Teredo"),
        ("2001:20::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("2002:5db8:d70e::", "6to4"),
        ("3fff::1", "documentation"),
        ("4000::1", "reserved"),
        ("5f00::1", "reserved"),
    ],
)
def test_what_is_not_public(address: str, kind: str) -> None:
    assert kind_if_not_public(ip_address(address)) == kind


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "93.184.215.14",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:93.184.215.14",
        "64:ff9b::93.184.215.14",
    ],
)
def test_what_is_public(address: str) -> None:
    assert kind_if_not_public(ip_address(address)) == ""


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_whatever_the_standard_library_calls_private_is_not_public(address: IPv4Address | IPv6Address) -> None:
    if address.is_private or address.is_link_local or address.is_multicast:
        assert kind_if_not_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_a_mapped_address_is_what_it_maps(address: IPv4Address) -> None:
    kind = kind_if_not_public(address)
    assert kind_if_not_public(IPv6Address(f"::ffff:{address}")) == kind
    assert kind_if_not_public(IPv6Address(f"64:ff9b::{address}")) == kind


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1.", "[::1]", "::1", "１２７.0.0.1", "127%2e0.0.1", "[FE80::1]"]
)
def test_addresses_in_their_usual_spelling(host: str) -> None:
    assert spelled_address(host) is not None
    assert not is_disguised(host)
    assert sounds_private(host)


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f000001", "0X7F.1", "0177.0.0.1", "010.0.0.1", "0", "0x", "1.2.3.4.5", "256.1.1.1",
     "127.1.", "shop.example.1", "①②⑦.1"],
)  # fmt: skip
def test_addresses_in_disguise(host: str) -> None:
    assert is_disguised(host)
    assert spelled_address(host) is None


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "demo.localhost", "nas", "nas.lan", "a.home.arpa", "x.local"]
)
def test_names_that_sound_private(host: str) -> None:
    assert sounds_private(host)
    assert spelled_address(host) is None
    assert not is_disguised(host)


@pytest.mark.parametrize(
    "host", ["shop.example", "localhost.shop.example", "0x7f.shop", "shop.notlocal", "127.0.0.1.nip.io"]
)
def test_names_that_do_not(host: str) -> None:
    assert not sounds_private(host)
    assert spelled_address(host) is None
    assert not is_disguised(host)

from __future__ import annotations

import pytest

from ecomscraper.pace.egress import Egress, egress_of


@pytest.mark.parametrize(
    ("url", "proxy", "egress", "shown"),
    [
        ("https://shop.example/a?b=c", None, Egress("shop.example"), "shop.example"),
        ("http://127.0.0.1:8000/", None, Egress("127.0.0.1:8000"), "127.0.0.1:8000"),
        (
            "https://shop.example/",
            "http://me:pass@proxy.example:3128",
            Egress("shop.example", "proxy.example:3128"),
            "shop.example by proxy.example:3128",
        ),
        ("https://shop.example/", "me:p@ss@10.0.0.1:1", Egress("shop.example", "10.0.0.1:1"), None),
    ],
)
def test_host_and_way_without_any_login(url: str, proxy: str | None, egress: Egress, shown: str | None) -> None:
    assert egress_of(url, proxy) == egress
    assert shown is None or str(egress) == shown

"""Ten proxies, six of them sound: the whole listing comes, and nothing goes out without one."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_twisted

CONCURRENCY = 8


def proxies_for(
    forward_proxy: Callable[..., list[int]], socks5: Callable[..., Any], hanging: Any
) -> tuple[dict[str, str], list[str]]:
    """What they are for → their labels; and their lines."""
    first, second = forward_proxy(ports=2)
    (users,) = forward_proxy("--plugins", "forwarding.TwoUsers")
    (stranger,) = forward_proxy("--basic-auth", "somebody:else")
    (bans,) = forward_proxy("--plugins", "forwarding.BansAfterTwenty")
    plain, known = socks5().port, socks5("carol", "p@ss word").port
    lines = {
        "first": f"http://127.0.0.1:{first}",
        "second": f"127.0.0.1:{second}",
        "alice": f"http://alice:ecila@127.0.0.1:{users}",
        "bob": f"127.0.0.1:{users}:bob:bob",
        "socks": f"socks5://127.0.0.1:{plain}",
        "socks of carol": f"socks5h://carol:p%40ss%20word@127.0.0.1:{known}",
        "dead": "http://127.0.0.1:9",
        "hangs": f"http://127.0.0.1:{hanging.port}",
        "407": f"http://us:wrong@127.0.0.1:{stranger}",
        "bans": f"http://127.0.0.1:{bans}",
    }
    labels = {
        "first": f"http://127.0.0.1:{first}",
        "second": f"http://127.0.0.1:{second}",
        "alice": f"http://127.0.0.1:{users}",
        "bob": f"http://127.0.0.1:{users}#2",
        "socks": f"socks5://127.0.0.1:{plain}",
        "socks of carol": f"socks5://127.0.0.1:{known}",
        "dead": "http://127.0.0.1:9",
        "hangs": f"http://127.0.0.1:{hanging.port}",
        "407": f"http://127.0.0.1:{stranger}",
        "bans": f"http://127.0.0.1:{bans}",
    }
    return labels, list(lines.values())


SOUND = ("first", "second", "alice", "bob", "socks", "socks of carol")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "pages"),
    [
        ("http", 250),
        ("https", 120),
        pytest.param("http", 2000, marks=pytest.mark.campaign),
        pytest.param("https", 2000, marks=pytest.mark.campaign),
    ],
)
@pytest_twisted.ensureDeferred
async def test_ten_proxies(
    scheme: str,
    pages: int,
    crawl: Callable[..., Awaitable[Any]],
    demo_shop: Callable[..., Any],
    forward_proxy: Callable[..., list[int]],
    socks5: Callable[..., Any],
    hanging: Any,
    over_tls: Callable[[int], int],
    connected: list[int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    labels, lines = proxies_for(forward_proxy, socks5, hanging)
    shop = demo_shop("--products", str(pages * 16), "--small", "--latency", "0.03")
    port = int(shop.address.rpartition(":")[2])
    front = over_tls(port) if scheme == "https" else port
    with caplog.at_level(logging.INFO):
        crawled = await crawl(
            settings={
                "ECOM_PROXIES": {"ten": lines},
                "ECOM_TIMEOUT_READ_SECONDS": 2.0,
                "ECOM_TIMEOUT_CONNECT_SECONDS": 2.0,
                "ECOM_PROXIES_REST_SECONDS": 2.0,
                "DOWNLOAD_VERIFY_CERTIFICATES": False,
            },
            start=f"{scheme}://127.0.0.1:{front}/ecommerce/",
            **{
                "proxies.list": "ten",
                "limits.concurrency": str(CONCURRENCY),
                "limits.delay_seconds": "0",
                "limits.throttle": "fixed",
            },
        )
    assert crawled.verdict.exit_code == 0
    assert crawled.verdict.facts.stored == pages
    counts = shop.counts()
    assert counts["max_in_flight"] <= CONCURRENCY
    assert connected
    assert front not in connected
    used = {name: _requests(crawled, label) for name, label in labels.items()}
    equal = sum(used[name] for name in SOUND) / len(SOUND)
    assert {name: used[name] for name in SOUND if not 0.75 * equal <= used[name] <= 1.25 * equal} == {}
    for name in ("dead", "hangs", "407"):
        assert 1 <= used[name] < 0.1 * pages
    if scheme == "http":  # nobody puts a captcha into an encrypted page
        assert crawled.crawler.stats.get_value("ecom/proxies/blocked") >= 1
        assert used["bans"] > 20  # rested, and used again
    print(  # noqa: T201  # the record of the campaign
        f"{scheme}, {pages} pages, {counts['max_in_flight']} at once at most: {used}; {crawled.verdict.lines[-1]}"
    )


def _requests(crawled: Any, label: str) -> int:
    return int(crawled.crawler.stats.get_value(f"ecom/proxies/requests/{label}", 0))

"""Limits and robots.txt as the shop sees them: it counts what comes in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.slow

RunScrapy = Callable[..., "subprocess.CompletedProcess[str]"]
PAGES = 60  # 960 products


@pytest.fixture
def slow_shop(demo_shop: Callable[..., Shop]) -> Shop:
    """60 small pages that take 50 ms each: whatever may be in flight at once, is."""
    return demo_shop("--products", str(16 * PAGES), "--small", "--latency", "0.05")


@pytest.fixture
def crawl_shop(run_scrapy: RunScrapy) -> Callable[..., dict[str, Any]]:
    """`crawl_shop(shop, *args)` crawls all its pages and gives the shop's counts."""

    def run(shop: Shop, *args: str, throttled: bool = False, **options: Any) -> dict[str, Any]:
        shop.reset()
        start = () if any(arg.startswith("site=") for arg in args) else ("-a", f"start={shop.listing()}")
        throttle = ("-s", f"AUTOTHROTTLE_ENABLED={throttled}")
        done = run_scrapy("crawl", "ecommerce", *start, *throttle, *args, **options)
        assert done.returncode == 0, done.stderr
        counts = shop.counts()
        assert counts["requests"] == PAGES + 1  # and robots.txt
        assert counts["answers"] == {"200": PAGES + 1}
        return counts

    return run


@pytest.mark.parametrize("limit", [1, 4, 8])
def test_requests_in_flight_are_exactly_as_many_as_allowed(
    slow_shop: Shop, crawl_shop: Callable[..., dict[str, Any]], limit: int
) -> None:
    counts = crawl_shop(slow_shop, "-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={limit}")

    assert counts["max_in_flight"] == limit


@pytest.mark.parametrize("limit", [1, 4])
def test_throttled_they_are_never_more(slow_shop: Shop, crawl_shop: Callable[..., dict[str, Any]], limit: int) -> None:
    counts = crawl_shop(
        slow_shop,
        *("-s", f"CONCURRENT_REQUESTS_PER_DOMAIN={limit}"),
        *("-s", "AUTOTHROTTLE_START_DELAY=0.02", "-s", "AUTOTHROTTLE_TARGET_CONCURRENCY=20"),  # it would like 20
        throttled=True,
    )

    assert min(2, limit) <= counts["max_in_flight"] <= limit


def test_the_profile_then_a_then_s(slow_shop: Shop, crawl_shop: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text(
        f'start = "{slow_shop.listing()}"\nplatform = "woocommerce"\n'
        '[limits]\nconcurrency = 3\ndelay_seconds = 0\nthrottle = "fixed"\n',
        encoding="utf-8",
    )
    own = {"ECOM_SITES_DIR": str(tmp_path)}
    by_a = ("-a", "limits.concurrency=5")
    by_s = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=2")

    seen = [
        crawl_shop(slow_shop, "-a", "site=acme", *args, env=own)["max_in_flight"] for args in ((), by_a, (*by_a, *by_s))
    ]

    assert seen == [3, 5, 2]


def test_more_seats_for_one_host_than_scrapy_has_for_all(
    demo_shop: Callable[..., Shop], crawl_shop: Callable[..., dict[str, Any]]
) -> None:
    shop = demo_shop("--products", str(16 * PAGES), "--small", "--latency", "0.3")

    counts = crawl_shop(shop, "-a", "limits.concurrency=20")

    assert counts["max_in_flight"] == 20


def test_delays_are_kept(slow_shop: Shop, crawl_shop: Callable[..., dict[str, Any]]) -> None:
    counts = crawl_shop(slow_shop, "-s", "DOWNLOAD_DELAY=0.02")

    times = [arrival["monotonic_seconds"] for arrival in counts["arrivals"]]
    assert times[-1] - times[0] >= 0.02 * PAGES - 0.01  # whatever jitter the way to the shop adds to one of them


def test_a_shop_that_forbids_everything_is_not_asked_for_a_page(
    demo_shop: Callable[..., Shop], run_scrapy: RunScrapy, tmp_path: Path
) -> None:
    shop = demo_shop("--robots", "disallow")
    (tmp_path / "titles.json").write_text("[]", encoding="utf-8")

    done = run_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-O", "titles.json")

    assert done.returncode == 5
    assert {target: count["requests"] for target, count in shop.counts()["targets"].items()} == {"/robots.txt": 1}
    *_, why, last = [line.partition("WARNING: ")[2] for line in done.stderr.splitlines()]
    assert why == (
        f"robots.txt of {shop.host} allows none of the pages asked for. If you may read them all the same, add: "
        '-a robots.obey=false -a robots.reason="why you may" (it is logged and kept)'
    )
    assert last.startswith("ecommerce demo: NOTHING ALLOWED: 0 of 1 page stored; 1 failed;")
    assert "titles.json left as it was" in last
    assert (tmp_path / "titles.json").read_text(encoding="utf-8") == "[]"


def test_what_it_says_to_type_works_and_is_kept(
    demo_shop: Callable[..., Shop], run_scrapy: RunScrapy, tmp_path: Path
) -> None:
    shop = demo_shop("--robots", "disallow")
    reason = "a test of our own shop"

    allowed = ("-a", "robots.obey=false", "-a", f"robots.reason={reason}")
    done = run_scrapy("crawl", "ecommerce", "-a", f"start={shop.listing()}", *allowed)

    assert done.returncode == 0, done.stderr
    assert f"WARNING: robots.txt of {shop.host} is not obeyed: {reason}\n" in done.stderr
    counts = shop.counts()
    assert (counts["requests"], "/robots.txt" in counts["targets"]) == (12, False)
    with closing(connect(tmp_path / "data" / "ecomscraper.sqlite3")) as database:
        ((profile,),) = database.execute("SELECT profile FROM crawls").fetchall()
    assert json.loads(profile)["robots"] == {"obey": False, "reason": reason}

"""Listings whose pages are found one after the other: killed and resumed, and at shops that do not end them well."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecomscraper.demo.catalogue import Catalogue

if TYPE_CHECKING:
    from conftest import Run, Shop

pytestmark = pytest.mark.slow
AT_ONCE = "[limits]\nconcurrency = 16\ndelay_seconds = 0\nthrottle = 'fixed'\n"
NEXT_LINK = 'platform = "woocommerce"\n' + AT_ONCE + '[pagination]\nstrategy = "next_link"\n'
# neither a pager nor a total: each number is tried
GUESSED = AT_ONCE + '[pagination]\npage_url = "page/{page}/"\n[listing]\ncard = "ul.products > li.product"\n'
SHOPIFY = (
    'platform = "shopify"\n' + AT_ONCE + '[pagination]\npage_size = 16\n[api]\nproduct_url = "/product/{/handle}/"\n'
)
WOOCOMMERCE_API = 'platform = "woocommerce_api"\n' + AT_ONCE + "[pagination]\npage_size = 16\n"
CURSOR = (
    AT_ONCE
    + """[pagination]
strategy = "api"
page_url = "?limit=16&after={cursor}"
[api]
products = "/data"
next = "/next"
[api.product]
url = "/links/self"
name = "/attributes/title"
price = "/attributes/pricing/current/amount"
"""
)
KILLED = {
    "next_link": (NEXT_LINK, "/ecommerce/"),
    "cursor": (CURSOR, "/api/cursor?limit=16"),
    "shopify": (SHOPIFY, "/"),
}


@pytest.fixture
def crawl_products(start_crawl: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """`crawl_products(shop, profile, start, "-a", …)` in a process of its own."""

    def start(shop: Shop, profile: str, path: str, *args: str) -> Run:
        sites = tmp_path / "sites"
        sites.mkdir(exist_ok=True)
        (sites / "acme.toml").write_text(f'start = "{shop.address}{path}"\n{profile}', encoding="utf-8")
        own = ("-a", "site=acme", "-a", f"start={shop.address}{path}", "-O", "products.json")
        run: Run = start_crawl(shop, *own, *args, spider="products", env={"ECOM_SITES_DIR": str(sites)})
        return run

    return start


def feed(tmp_path: Path) -> list[tuple[str, str, str]]:
    rows: list[dict[str, Any]] = json.loads((tmp_path / "products.json").read_text(encoding="utf-8"))
    return [(row["url"], row["name"], row["price"]) for row in rows]


def goods(shop: Shop, products: int = 188) -> list[tuple[str, str, str]]:
    return [(shop.address + one.path, one.name, str(one.price)) for one in Catalogue(products)]


def ledger(tmp_path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(tmp_path / "data" / "ecomscraper.sqlite3")) as connection:
        query = "SELECT page, status, reason FROM pages WHERE crawl_id = 1 ORDER BY position"
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", KILLED)
def test_a_chain_killed_twice_loses_nothing(
    name: str, seed: int, demo_shop: Any, crawl_products: Any, tmp_path: Path
) -> None:
    profile, path = KILLED[name]
    shop = demo_shop("--small", "--products", "640", "--latency", "0.01")
    resume: tuple[str, ...] = ()
    for asked in sorted(random.Random(seed).sample(range(2, 40), 2)):
        run = crawl_products(shop, profile, path, *resume)
        assert run.when_asked(shop, asked), run.log
        run.kill()
        resume = ("-a", "resume=last")

    run = crawl_products(shop, profile, path, *resume)

    assert run.end() == 0, run.log
    assert feed(tmp_path) == goods(shop, 640)
    pages = [number for number, status, _ in ledger(tmp_path) if status == "stored"]
    assert pages == list(range(1, 41))
    wanted = 40 + (name == "shopify")  # an empty list is its end
    requests = sum(count["requests"] for target, count in shop.counts()["targets"].items() if "robots" not in target)
    assert requests - wanted <= 2 * 51  # what a kill costs is the last batch and the page under way


@pytest.mark.parametrize(
    ("past_end", "reason", "code"),
    [
        ("404", "past_the_end", 0),
        ("soft-404", "past_the_end", 0),
        ("repeat", "repeated_page", 3),  # the shop has not said that this is all
        ("endless", "repeated_page", 3),
    ],
)
def test_numbers_that_nobody_named(
    past_end: str, reason: str, code: int, demo_shop: Any, crawl_products: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--past-end", past_end)

    run = crawl_products(shop, GUESSED, "/ecommerce/")

    assert run.end() == code, run.log
    assert feed(tmp_path) == goods(shop)
    assert ledger(tmp_path)[12:] == [(13, "failed", reason)]


def test_a_next_link_without_end_is_no_loss_where_the_total_is_reached(
    demo_shop: Any, crawl_products: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--past-end", "endless")

    run = crawl_products(shop, NEXT_LINK, "/ecommerce/")

    assert run.end() == 0, run.log
    assert feed(tmp_path) == goods(shop)
    assert ledger(tmp_path)[12:] == [(13, "failed", "repeated_page")]
    assert "the listing ended (repeated_page)" in run.log


def test_a_page_of_an_api_that_fails_for_a_while_is_tried_again(
    demo_shop: Any, crawl_products: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--fault", "status=503:first=2@/wp-json/wc/store/v1/products")
    run = crawl_products(shop, WOOCOMMERCE_API, "/", "-s", "ECOM_PACE_BACKOFF_BASE_SECONDS=0.01")
    assert run.end() == 0, run.log
    assert feed(tmp_path) == goods(shop)

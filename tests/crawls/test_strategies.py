"""The products of the demo shop, found in every way in which it lists them: always the same, each with its price."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.exceptions import ArgumentError
from ecomscraper.spiders.products import ProductsSpider

AT_ONCE = "[limits]\nconcurrency = 16\ndelay_seconds = 0\nthrottle = 'fixed'\n"
CURSOR = """
products = "/data"
next = "/next"
[api.product]
url = "/links/self"
name = "/attributes/title"
price = "/attributes/pricing/current/amount"
regular_price = "/attributes/pricing/list/amount"
currency = "/attributes/pricing/current/currency"
availability = "/attributes/availability"
sku = "/id"
"""


def site(start: str, pagination: str, *more: str, origin: str = "http://demo.localhost") -> str:
    return "\n".join((f'start = "{origin}{start}"', *more, AT_ONCE, "[pagination]", pagination))


def api(start: str, pagination: str, table: str) -> str:
    return site(start, f'strategy = "api"\n{pagination}') + f"\n[api]\n{table}"


DOLLARS = 'currency = "USD"'
WOOCOMMERCE = 'platform = "woocommerce"'
LISTING = "/ecommerce/"
SITES = {  # name: (profile, requests with robots.txt, whether the shop says how many products it has)
    "numbered": (site(LISTING, "page_size = 16", WOOCOMMERCE), 13, True),
    "next_link": (site(LISTING, 'strategy = "next_link"', WOOCOMMERCE), 13, True),
    "sitemap": (
        site("/sitemap.xml", 'strategy = "sitemap"\nsitemap_urls = "-products-"\nproduct_urls = "/product/"'),
        1 + 2 + 188,
        False,
    ),
    "packed_sitemap": (site("/sitemap-index-gz.xml", 'strategy = "sitemap"\nproduct_urls = "/product/"'), 192, False),
    "woocommerce_api": (site("/", "page_size = 50", 'platform = "woocommerce_api"'), 5, True),
    "shopify": (
        site("/", "page_size = 50", 'platform = "shopify"', DOLLARS) + '\n[api]\nproduct_url = "/product/{/handle}/"',
        6,  # an empty list is the end
        False,
    ),
    "offset": (
        api("/", 'page_url = "/api/items?offset={offset}&limit={page_size}"\npage_size = 50', 'products = "/items"')
        + '\ntotal = "/total"',
        5,
        True,
    ),
    "cursor": (api("/api/cursor", 'page_url = "?limit=50&after={cursor}"', CURSOR), 5, False),
    "link_header": (api("/api/linked", "", ""), 5, False),
    "fragments": (
        site("/ecommerce/scroll/", 'page_url = "/ecommerce/load?page={page}"\n[listing]\ncard = "li.product"', DOLLARS),
        14,  # a fragment of nothing is the end
        False,
    ),
}


def own_sites(folder: Path, **profiles: str) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    for name, text in profiles.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return {"ECOM_SITES_DIR": str(folder)}


def rows(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def goods(origin: str = "http://demo.localhost") -> list[tuple[Any, ...]]:
    return [
        (origin + product.path, product.name, str(product.price), str(product.regular_price), "USD", product.sku)
        for product in Catalogue()
    ]


def shown(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("url", "name", "price", "regular_price", "currency", "sku")) for row in found]


@pytest.mark.parametrize("name", SITES)
@pytest_twisted.ensureDeferred
async def test_every_strategy_gives_the_same_products(crawl: Any, tmp_path: Path, name: str) -> None:
    profile, requests, tells_total = SITES[name]
    target = tmp_path / "products.json"
    settings = own_sites(tmp_path / "sites", acme=profile) | {"FEEDS": {str(target): {"format": "json"}}}

    crawled = await crawl(ProductsSpider, settings, site="acme")

    assert crawled.verdict.exit_code == 0, crawled.verdict.lines
    assert shown(rows(target)) == goods()
    stock = {product.sku: "InStock" if product.in_stock else "OutOfStock" for product in Catalogue()}
    assert {row["sku"]: row["availability"] for row in rows(target)} == stock
    assert crawled.counts().requests == requests
    facts = crawled.verdict.facts
    assert (facts.declared_total, facts.failed) == (188 if tells_total else None, {})


THEMES = {
    "bootstrap": ("bootstrap_cards", "USD", 1),
    "magento": ("magento", "EUR", 1),
    "prestashop": ("prestashop", "EUR", 1),
    "shopify": ("shopify_theme", "CAD", 1),
    "japanese": ("ec_cube", "JPY", 100),
}


@pytest.mark.parametrize("theme", THEMES)
@pytest_twisted.ensureDeferred
async def test_a_preset_reads_its_platforms_pages(crawl: Any, tmp_path: Path, theme: str) -> None:
    platform, currency, times = THEMES[theme]
    target = tmp_path / "products.json"
    profile = site(f"/t/{theme}/ecommerce/", "page_size = 16", f'platform = "{platform}"', f'currency = "{currency}"')
    settings = own_sites(tmp_path / "sites", acme=profile) | {"FEEDS": {str(target): {"format": "json"}}}

    crawled = await crawl(ProductsSpider, settings, site="acme")

    assert crawled.verdict.exit_code == 0, crawled.verdict.lines
    assert [(row["name"], float(row["price"]), row["currency"]) for row in rows(target)] == [
        (product.name, float(product.price * times), currency) for product in Catalogue()
    ]
    assert crawled.counts().requests == 13


@pytest.mark.parametrize("name", ["sitemap", "cursor", "shopify"])
@pytest_twisted.ensureDeferred
async def test_titles_cannot_be_read_where_there_are_no_pages(crawl: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match=r'^site acme has pagination.strategy = "(api|sitemap)", which leads to no'):
        await crawl(settings=own_sites(tmp_path / "sites", acme=SITES[name][0]), site="acme")


@pytest_twisted.ensureDeferred
async def test_titles_by_next_link(crawl: Any, tmp_path: Path) -> None:
    settings = own_sites(tmp_path / "sites", acme=SITES["next_link"][0])

    crawled = await crawl(settings=settings, site="acme")
    part = await crawl(settings=settings, site="acme", pages="-3")

    assert [row.page for row in crawled.rows()] == list(range(1, 13))
    assert [row.page for row in part.rows()] == [1, 2, 3]
    assert (crawled.verdict.exit_code, part.verdict.exit_code) == (0, 0)
    assert crawled.verdict.facts.whole_listing is not part.verdict.facts.whole_listing


@pytest_twisted.ensureDeferred
async def test_the_limit_on_pages_is_told(crawl: Any, tmp_path: Path) -> None:
    settings = own_sites(tmp_path / "sites", acme=SITES["cursor"][0])

    crawled = await crawl(ProductsSpider, settings, site="acme", **{"pagination.most_pages": "2"})

    assert crawled.verdict.exit_code == 3
    assert [(page.status, page.reason) for page in crawled.pages()] == [("stored", None), ("stored", "page_limit")]
    assert crawled.verdict.facts.items == 100


@pytest_twisted.ensureDeferred
async def test_links_to_another_shop_are_not_followed(crawl: Any, tmp_path: Path) -> None:
    profile = site("/", "", 'platform = "shopify"') + '\n[api]\nproduct_url = "http://other.example/{/handle}"'
    settings = own_sites(tmp_path / "sites", acme=profile)

    crawled = await crawl(ProductsSpider, settings, site="acme", details="true")

    own_pages = [page for page in crawled.pages() if page.kind == "product"]
    assert [(page.reason, page.attempts) for page in own_pages] == [("offsite", 0)] * 188
    assert own_pages[0].detail == "a link leads to other.example, which is no host of this crawl"
    assert crawled.counts().requests == 3  # robots.txt, the products, the empty list
    assert crawled.verdict.exit_code == 3

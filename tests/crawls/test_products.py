"""Whole crawls of the demo shop's products, held to its catalogue field by field."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import func, select

from ecomscraper.demo.catalogue import Catalogue, DemoProduct
from ecomscraper.ledger.tables import products, sightings
from ecomscraper.spiders.products import ProductsSpider


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


HOST = "http://demo.localhost"
ON_CARD = ("name", "price", "regular_price", "currency", "availability", "sku", "image_url", "url")


def expected(product: DemoProduct, place: int) -> dict[str, Any]:
    """As `-a details=true` gives it, without times and sources."""
    return {
        "page": (place - 1) // 16 + 1,
        "position": (place - 1) % 16 + 1,
        "name": product.name,
        "price": str(product.price),
        "regular_price": str(product.regular_price),
        "currency": product.currency,
        "availability": "InStock" if product.in_stock else "OutOfStock",
        "sku": product.sku,
        "brand": product.brand,
        "gtin": product.gtin,
        "image_url": HOST + product.image,
        "rating": None if product.rating is None else product.rating,
        "review_count": product.review_count or None,  # nobody says "no reviews" in structured data
        "description": product.description,
        "url": HOST + product.path,
        "listings": [],
    }


def feed(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def plain(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("fetched_at", "source")}
    kept["rating"] = None if row["rating"] is None else Decimal(row["rating"])
    return kept


def to_json(path: Path) -> dict[str, Any]:
    return {"FEEDS": {str(path): {"format": "json", "overwrite": True}}}


@pytest_twisted.ensureDeferred
async def test_the_cards_of_a_listing_give_every_product(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    crawled = await crawl(ProductsSpider, to_json(target))

    rows = feed(target)
    assert crawled.verdict.exit_code == 0
    assert len({row["name"] for row in rows}) == 182  # and yet all 188 are there
    shown = [
        {name: row[name] for name in ("page", "position", *ON_CARD)} | {"brand": row["brand"], "gtin": row["gtin"]}
        for row in rows
    ]
    wanted = [expected(product, place) for place, product in enumerate(Catalogue(), 1)]
    names = ("page", "position", *ON_CARD)
    assert shown == [{name: row[name] for name in names} | {"brand": None, "gtin": None} for row in wanted]
    assert rows[0]["source"]["price"] == "card"
    assert crawled.counts().requests == 13  # robots.txt and twelve pages


@pytest_twisted.ensureDeferred
async def test_the_products_own_pages_give_every_field(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    crawled = await crawl(ProductsSpider, to_json(target), details="true")

    rows = feed(target)
    assert crawled.verdict.exit_code == 0
    assert [plain(row) for row in rows] == [expected(product, place) for place, product in enumerate(Catalogue(), 1)]
    assert {row["source"]["price"] for row in rows} == {"json-ld"}
    assert crawled.counts().requests == 1 + 12 + 188


@pytest_twisted.ensureDeferred
async def test_part_of_a_listing(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    await crawl(ProductsSpider, to_json(target), pages="2,12")

    assert [(row["page"], row["position"]) for row in feed(target)] == [
        *((2, place) for place in range(1, 17)),
        *((12, place) for place in range(1, 13)),
    ]


@pytest_twisted.ensureDeferred
async def test_product_pages_and_listings_in_one_list_are_told_apart(crawl: Any, tmp_path: Path) -> None:
    catalogue = list(Catalogue())
    urls = tmp_path / "urls.txt"
    addresses = [catalogue[40].path, "/ecommerce/page/12/", catalogue[7].path, catalogue[180].path]
    urls.write_text("".join(f"{HOST}{path}\n" for path in addresses))
    target = tmp_path / "products.json"
    crawled = await crawl(ProductsSpider, to_json(target), urls=str(urls))

    assert crawled.verdict.exit_code == 0
    assert [(row["page"], row["position"], row["sku"]) for row in feed(target)] == [
        (1, 1, catalogue[40].sku),
        # the fourth URL is of a product that page 12 shows: it is one product, where it was seen first
        *((2, place, product.sku) for place, product in enumerate(catalogue[176:], 1)),
        (3, 1, catalogue[7].sku),
    ]


@pytest_twisted.ensureDeferred
async def test_a_page_that_is_neither_has_failed(crawl: Any) -> None:
    crawled = await crawl(ProductsSpider, url=f"{HOST}/robots.txt?as=html")

    assert crawled.verdict.exit_code == 3
    assert [page.reason for page in crawled.pages()] == ["no_products"]


@pytest_twisted.ensureDeferred
async def test_the_database_has_each_product_once_and_each_place_where_it_is_shown(crawl: Any) -> None:
    crawled = await crawl(ProductsSpider, details="true", pages="1-2")

    with crawled.database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(products)) == 32
        assert connection.scalar(select(func.count()).select_from(sightings)) == 32
        price = connection.scalar(select(products.c.price).where(products.c.sku == "DS-00001"))
    assert price == next(iter(Catalogue())).price


@pytest_twisted.ensureDeferred
async def test_a_failed_product_page_costs_that_product_only(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    settings = to_json(target) | {"ECOM_PAGES_ATTRIBUTES": "500"}
    crawled = await crawl(ProductsSpider, settings, details="true", pages="12", **{"product.name": '["h1.no-such"]'})

    assert crawled.verdict.exit_code == 0  # general rules find the name where the selector does not
    assert len(feed(target)) == 12


@pytest.mark.slow
def test_a_crawl_killed_among_product_pages_loses_nothing(demo_shop: Any, start_scrapy: Any, tmp_path: Path) -> None:
    shop = demo_shop("--small", "--latency", "0.01")
    arguments = ("crawl", "products", "-a", f"start={shop.address}/ecommerce/", "-O", "products.json")
    first = start_scrapy(*arguments, "-a", "details=true", "-s", "ECOM_LEDGER_BATCH_SECONDS=0.05")
    while shop.counts()["requests"] < 100:
        assert first.poll() is None
    first.kill()
    first.wait(10)
    assert not (tmp_path / "products.json").exists()

    second = start_scrapy(*arguments, "-a", "resume=last")
    second.communicate(timeout=60)

    assert second.returncode == 0
    assert [row["sku"] for row in feed(tmp_path / "products.json")] == [product.sku for product in Catalogue()]
    asked = {path: target["requests"] for path, target in shop.counts()["targets"].items() if "/product/" in path}
    assert len(asked) == 188
    assert sum(asked.values()) <= 188 + 16 + 50

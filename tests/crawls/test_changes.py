"""Two crawls of a shop that changed between them: what is told, and what is asked for."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.exceptions import ArgumentError
from ecomscraper.spiders.products import ProductsSpider
from ecomscraper.verdict.changes import changes, two_crawls


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


HOST = "http://demo.localhost"
VERSION_2 = {"ECOM_DEMO_VERSION": "2"}


def told(connection: Any, before: int, after: int) -> dict[str, list[tuple[Any, ...]]]:
    """By kind of change: (URL, before, after), amounts as numbers."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for each in changes(connection, before, after):
        values = (each.before, each.after)
        if each.change != "availability":
            values = tuple(None if value is None else Decimal(value) for value in values)
        found.setdefault(each.change, []).append((each.key, *values))
    return {kind: sorted(rows) for kind, rows in found.items()}


@pytest_twisted.ensureDeferred
async def test_exactly_what_changed_is_told(crawl: Any) -> None:
    await crawl(ProductsSpider)
    second = await crawl(ProductsSpider, VERSION_2)

    expected = Catalogue().changes()
    with second.database.connect() as connection:
        assert two_crawls(connection, "demo") == (1, 2)
        found = told(connection, 1, 2)
    assert found == {
        "new": sorted((HOST + product.path, None, product.price) for product in expected.added),
        "gone": sorted((HOST + product.path, product.price, None) for product in expected.gone),
        "price": sorted((HOST + old.path, old.price, new.price) for old, new in expected.prices),
        "availability": sorted(
            (
                HOST + old.path,
                "InStock" if old.in_stock else "OutOfStock",
                "InStock" if new.in_stock else "OutOfStock",
            )
            for old, new in expected.availability
        ),
    }
    assert [len(rows) for rows in found.values()] == [3, 2, 4, 1]


@pytest_twisted.ensureDeferred
async def test_nothing_is_told_where_nothing_changed(crawl: Any) -> None:
    await crawl(ProductsSpider)
    second = await crawl(ProductsSpider)
    with second.database.connect() as connection:
        assert told(connection, 1, 2) == {}


@pytest_twisted.ensureDeferred
async def test_one_crawl_is_not_enough(crawl: Any) -> None:
    only = await crawl(ProductsSpider)
    with (
        only.database.connect() as connection,
        pytest.raises(ArgumentError, match="has 1 complete crawls of its products"),
    ):
        two_crawls(connection, "demo")


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_only_the_pages_of_changed_cards_are_asked_for(crawl: Any, tmp_path: Path) -> None:
    await crawl(ProductsSpider, details="true")
    target = tmp_path / "products.json"
    feeds = {"FEEDS": {str(target): {"format": "json", "overwrite": True}}}
    second = await crawl(ProductsSpider, VERSION_2 | feeds, details="changed")

    expected = Catalogue().changes()
    touched = [*expected.added, *(new for _, new in (*expected.prices, *expected.availability))]
    asked = {page.url for page in second.pages() if page.kind == "product"}
    assert asked == {HOST + product.path for product in touched}
    assert second.counts().requests == 1 + 12 + len(touched)
    rows = json.loads(target.read_text(encoding="utf-8"))
    wanted = list(Catalogue(version=2))
    assert [(row["sku"], row["price"], row["brand"]) for row in rows] == [
        (product.sku, str(product.price), product.brand) for product in wanted
    ]

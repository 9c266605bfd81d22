"""Whole crawls of a shop that is several listings: the demo shop's five categories, which overlap."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.demo.catalogue import Catalogue, DemoProduct
from ecomscraper.demo.categories import CATEGORIES, Category
from ecomscraper.exceptions import ArgumentError
from ecomscraper.spiders.products import ProductsSpider
from ecomscraper.verdict.changes import changes as changes_between

HOST = "http://demo.localhost"
MENU = "nav.category-navigation a"
ROOM = 10**9
PAGES = 6 + 6 + 4 + 2 + 2
SHOWN = 81 + 82 + 62 + 32 + 24
AT_ONCE = "[limits]\nconcurrency = 16\ndelay_seconds = 0\nthrottle = 'fixed'\n"


def start(category: Category, origin: str = HOST) -> str:
    return f"{origin}/ecommerce/category/{category.slug}/"


def categories(catalogue: Catalogue) -> list[list[DemoProduct]]:
    return [list(catalogue.in_category(category)) for category in CATEGORIES]


def expected(catalogue: Catalogue = Catalogue(), origin: str = HOST) -> list[dict[str, Any]]:  # noqa: B008  # frozen
    """The products in the order of the feed: each once, where a category shows it first; without times and sources."""
    rows: dict[int, dict[str, Any]] = {}
    for category, listed in zip(CATEGORIES, categories(catalogue), strict=True):
        for place, product in enumerate(listed):
            fresh = {
                "page": place // 16 + 1,
                "position": place % 16 + 1,
                "name": product.name,
                "price": str(product.price),
                "regular_price": str(product.regular_price),
                "currency": product.currency,
                "availability": "InStock" if product.in_stock else "OutOfStock",
                "sku": product.sku,
                "image_url": origin + product.image,
                "url": origin + product.path,
                "listings": [],
            }
            rows.setdefault(product.number, fresh)["listings"].append(start(category, origin))
    return list(rows.values())


OF_ITS_OWN_PAGE = ("brand", "gtin", "rating", "review_count", "description")


def feed(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def on_cards(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    without = {"fetched_at", "source", *OF_ITS_OWN_PAGE}
    return [{name: value for name, value in row.items() if name not in without} for row in rows]


def to_json(path: Path) -> dict[str, Any]:
    return {"FEEDS": {str(path): {"format": "json", "overwrite": True}}}


def own_site(folder: Path, text: str) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    return {"ECOM_SITES_DIR": str(folder)}


STARTS = f"starts = {json.dumps([start(category) for category in CATEGORIES])}\n"
FROM_MENU = f'start = "{HOST}/ecommerce/"\nmenu = "{MENU}"\n'
NUMBERED = f'platform = "woocommerce"\n{AT_ONCE}'
NEXT_LINK = f'{NUMBERED}[pagination]\nstrategy = "next_link"\n'
SITES = {
    "starts, numbered": (STARTS + NUMBERED, 0),
    "starts, next link": (STARTS + NEXT_LINK, 0),
    "menu, numbered": (FROM_MENU + NUMBERED, 1),
    "menu, next link": (FROM_MENU + NEXT_LINK, 1),
}


@pytest.mark.parametrize("name", SITES)
@pytest_twisted.ensureDeferred
async def test_overlapping_categories_give_each_product_once(crawl: Any, tmp_path: Path, name: str) -> None:
    profile, menus = SITES[name]
    target = tmp_path / "products.json"

    settings = own_site(tmp_path / "sites", profile) | to_json(target) | {"ECOM_LEDGER_BATCH_PAGES": "1"}

    crawled = await crawl(ProductsSpider, settings, site="acme")

    assert crawled.verdict.exit_code == 0, crawled.verdict.lines
    assert on_cards(feed(target)) == expected()
    assert len(feed(target)) == 188
    assert crawled.counts().requests == 1 + menus + PAGES
    facts = crawled.verdict.facts
    assert [(one.url, one.declared_total, one.cards) for one in facts.listings] == [
        (start(category), len(listed), len(listed))
        for category, listed in zip(CATEGORIES, categories(Catalogue()), strict=True)
    ]
    assert f"the shop says {SHOWN} products in 5 listings, {SHOWN} seen" in crawled.verdict.lines[-1]
    assert len(crawled.verdict.lines) == 1
    kept = [(page.position, page.listing, page.page) for page in crawled.pages() if page.kind == "listing"]
    assert kept == [
        (number * ROOM + page, number, page)
        for number, pages in enumerate((6, 6, 4, 2, 2), 1)
        for page in range(1, pages + 1)
    ]


@pytest_twisted.ensureDeferred
async def test_the_products_own_pages_are_asked_for_once(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    crawled = await crawl(ProductsSpider, to_json(target), menu=MENU, details="true")

    assert crawled.verdict.exit_code == 0
    assert on_cards(feed(target)) == expected()
    found = [{name: row[name] for name in ("sku", *OF_ITS_OWN_PAGE)} for row in feed(target)]
    of_sku = {product.sku: product for product in Catalogue()}
    assert found == [
        {
            "sku": row["sku"],
            "brand": of_sku[row["sku"]].brand,
            "gtin": of_sku[row["sku"]].gtin,
            "rating": None if of_sku[row["sku"]].rating is None else str(of_sku[row["sku"]].rating),
            "review_count": of_sku[row["sku"]].review_count or None,
            "description": of_sku[row["sku"]].description,
        }
        for row in expected()
    ]
    assert crawled.counts().requests == 1 + 1 + PAGES + 188
    assert [page.kind for page in crawled.pages()] == ["menu"] + ["listing"] * PAGES + ["product"] * 188


@pytest_twisted.ensureDeferred
async def test_the_titles_of_all_listings(crawl: Any) -> None:
    crawled = await crawl(menu=MENU)

    assert crawled.verdict.exit_code == 0
    assert [(row.page, row.url) for row in crawled.rows()] == [
        (page, start(category) + (f"page/{page}/" if page > 1 else ""))
        for category, pages in zip(CATEGORIES, (6, 6, 4, 2, 2), strict=True)
        for page in range(1, pages + 1)
    ]
    assert f"{PAGES + 1} of {PAGES + 1} pages stored" in crawled.verdict.lines[-1]


@pytest_twisted.ensureDeferred
async def test_a_feed_of_titles_keeps_the_order_of_the_listings(crawl: Any, tmp_path: Path) -> None:
    """They are written as their pages come, and a listing's later pages are not known before its earlier ones."""
    target = tmp_path / "titles.json"
    settings = own_site(tmp_path / "sites", FROM_MENU + NEXT_LINK) | to_json(target)
    crawled = await crawl(settings=settings | {"ECOM_LEDGER_BATCH_PAGES": "1"}, site="acme")

    assert [(row["page"], row["url"]) for row in feed(target)] == [(row.page, row.url) for row in crawled.rows()]
    assert len(feed(target)) == PAGES


@pytest_twisted.ensureDeferred
async def test_only_the_pages_of_changed_cards_are_asked_for(crawl: Any, tmp_path: Path) -> None:
    await crawl(ProductsSpider, menu=MENU, details="true")
    target = tmp_path / "products.json"
    second = await crawl(ProductsSpider, to_json(target) | {"ECOM_DEMO_VERSION": "2"}, menu=MENU, details="changed")

    with second.database.connect() as connection:
        kinds = Counter(change.change for change in changes_between(connection, 1, 2))
    assert kinds == {"new": 3, "gone": 2, "price": 4, "availability": 1}
    changes = Catalogue().changes()
    touched = [*changes.added, *(new for _, new in (*changes.prices, *changes.availability))]
    assert {page.url for page in second.pages() if page.kind == "product"} == {HOST + one.path for one in touched}
    assert second.verdict.exit_code == 0
    assert on_cards(feed(target)) == expected(Catalogue(version=2))
    assert all(row["brand"] for row in feed(target))


@pytest_twisted.ensureDeferred
async def test_the_database_knows_every_listing_of_a_product(crawl: Any) -> None:
    crawled = await crawl(ProductsSpider, menu=MENU)

    sql = """
        SELECT products.url, count(DISTINCT pages.listing) FROM products
        JOIN sightings USING (crawl_id, key) JOIN pages USING (crawl_id, position)
        WHERE crawl_id = 1 GROUP BY products.url
    """
    with crawled.database.connect() as connection:
        found = dict(connection.exec_driver_sql(sql).all())
        seen = connection.exec_driver_sql("SELECT count(*) FROM sightings").scalar()
    assert found == {row["url"]: len(row["listings"]) for row in expected()}
    assert seen == SHOWN


@pytest_twisted.ensureDeferred
async def test_the_listings_of_an_api(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    starts = [f"{HOST}/wp-json/wc/store/v1/products", f"{HOST}/t/magento/wp-json/wc/store/v1/products"]
    profile = (
        f'starts = {json.dumps(starts)}\nplatform = "woocommerce_api"\n{AT_ONCE}'
        '[pagination]\npage_size = 50\npage_url = "?page={page}&per_page={page_size}"\n'
    )
    crawled = await crawl(ProductsSpider, own_site(tmp_path / "sites", profile) | to_json(target), site="acme")

    assert crawled.verdict.exit_code == 0, crawled.verdict.lines
    wanted = [product.sku for product in Catalogue()]
    assert [row["sku"] for row in feed(target)] == wanted * 2
    assert {row["currency"] for row in feed(target)} == {"USD", "EUR"}
    assert crawled.counts().requests == 1 + 4 + 4
    first_pages = [f"{one}?page=1&per_page=50" for one in starts]
    assert [row["listings"] for row in feed(target)] == [first_pages[:1]] * 188 + [first_pages[1:]] * 188


@pytest_twisted.ensureDeferred
async def test_what_is_relative_to_the_start_is_so_to_the_listings_own(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    profile = (
        f'starts = "{HOST}/products.json"\nplatform = "shopify"\ncurrency = "USD"\n{AT_ONCE}'
        '[pagination]\npage_url = "?page={page}&limit=50"\n[api]\nproduct_url = "product/{/handle}/"\n'
    )
    crawled = await crawl(ProductsSpider, own_site(tmp_path / "sites", profile) | to_json(target), site="acme")

    assert crawled.verdict.exit_code == 0, crawled.verdict.lines
    assert [row["url"] for row in feed(target)] == [HOST + product.path for product in Catalogue()]


@pytest.mark.slow
@pytest_twisted.ensureDeferred
async def test_several_sitemaps_are_one_list(crawl: Any, tmp_path: Path) -> None:
    target = tmp_path / "products.json"
    starts = [f"{HOST}{look}/sitemap-products-1.xml" for look in ("/t/plain", "")]
    profile = f'starts = {json.dumps(starts)}\n{AT_ONCE}[pagination]\nstrategy = "sitemap"\n'
    crawled = await crawl(ProductsSpider, own_site(tmp_path / "sites", profile) | to_json(target), site="acme")

    assert crawled.verdict.exit_code == 0, crawled.verdict.lines
    wanted = [product.sku for product in Catalogue()]
    assert [(row["page"], row["sku"]) for row in feed(target)] == [(page, sku) for page in (1, 2) for sku in wanted]
    assert {row["currency"] for row in feed(target)} == {"SEK", "USD"}
    assert crawled.counts().requests == 1 + 2 + 2 * 188
    assert {tuple(row["listings"]) for row in feed(target)} == {()}


@pytest_twisted.ensureDeferred
async def test_a_listing_that_shows_less_than_it_says_is_told_by_its_url(crawl: Any, tmp_path: Path) -> None:
    """Four pages are asked for of each: the larger categories have more, and the smaller ones fewer."""
    profile = STARTS + NUMBERED + "[pagination]\nlast_page = 4\n"
    crawled = await crawl(ProductsSpider, own_site(tmp_path / "sites", profile), site="acme")

    assert crawled.verdict.exit_code == 3
    assert f"{start(CATEGORIES[0])}: the shop says it has 81 products, its pages showed 64" in crawled.verdict.lines
    assert f"{start(CATEGORIES[1])}: the shop says it has 82 products, its pages showed 64" in crawled.verdict.lines
    assert [one.is_missed for one in crawled.verdict.facts.listings] == [True, True, False, False, False]


@pytest_twisted.ensureDeferred
async def test_a_listing_that_fails_costs_itself_only(crawl: Any, tmp_path: Path) -> None:
    starts = [start(CATEGORIES[0]), f"{HOST}/ecommerce/category/nosuch/", start(CATEGORIES[4])]
    profile = f"starts = {json.dumps(starts)}\n{NUMBERED}"
    target = tmp_path / "products.json"
    crawled = await crawl(ProductsSpider, own_site(tmp_path / "sites", profile) | to_json(target), site="acme")

    assert crawled.verdict.exit_code == 3
    assert [(page.listing, page.page, page.reason) for page in crawled.pages() if page.status == "failed"] == [
        (2, 1, "http_404")
    ]
    shown = {product.sku for place in (0, 4) for product in categories(Catalogue())[place]}
    assert {row["sku"] for row in feed(target)} == shown
    assert "105 products seen in 3 listings, 2 of which say how many they have" in crawled.verdict.lines[-1]


@pytest.mark.parametrize(
    ("profile", "detail"),
    [
        (f'start = "{HOST}/ecommerce/"\nmenu = "nav.nosuch a"\n{NUMBERED}', "nav.nosuch a found no link"),
        (
            f'start = "{HOST}/ecommerce/"\nmenu = "link::attr(href)"\n{NUMBERED}'.replace("link::", "nav ul::"),
            "nav ul::attr(href) found no link",
        ),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_menu_that_leads_nowhere_has_failed(crawl: Any, tmp_path: Path, profile: str, detail: str) -> None:
    crawled = await crawl(ProductsSpider, own_site(tmp_path / "sites", profile), site="acme")

    assert crawled.verdict.exit_code == 3
    assert [(page.kind, page.reason, page.detail) for page in crawled.pages()] == [("menu", "no_listings", detail)]


@pytest_twisted.ensureDeferred
async def test_what_a_menu_has_of_other_hosts_is_left_out(crawl: Any, tmp_path: Path, caplog: Any) -> None:
    page = f"{HOST}/t/magento{next(iter(Catalogue())).path}"
    selector = "xpath://li[contains(@class, 'category-item')]/a/@href | //link[@itemprop='availability']/@href"
    profile = f'start = "{page}"\nmenu = "{selector}"\nplatform = "magento"\n{AT_ONCE}'
    crawled = await crawl(settings=own_site(tmp_path / "sites", profile), site="acme")

    assert crawled.verdict.exit_code == 0
    assert len(crawled.verdict.facts.listings) == len(CATEGORIES)
    assert (
        'the menu\'s links to other hosts are left out: "http://schema.org/InStock"; '
        'to read them too, name their hosts in the profile: hosts = ["schema.org"]'
    ) in caplog.messages


@pytest_twisted.ensureDeferred
async def test_pages_are_chosen_of_one_listing_only(crawl: Any, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as raised:
        await crawl(ProductsSpider, own_site(tmp_path / "sites", STARTS + NUMBERED), site="acme", pages="2")
    assert str(raised.value) == (
        "-a pages=2: site acme has several listings, each with pages of its own; "
        "name one of them, with -a start=URL -a starts="
    )
    assert not (tmp_path / "data" / "ecomscraper.sqlite3").exists()

    one = await crawl(site="demo", menu="", start=start(CATEGORIES[1]), pages="2")
    assert [row.url for row in one.rows()] == [f"{start(CATEGORIES[1])}page/2/"]


@pytest_twisted.ensureDeferred
async def test_a_crawl_goes_on_with_the_listings_it_began_with(crawl: Any, tmp_path: Path) -> None:
    """A listing's later pages were never known: its first page failed and is opened again."""
    settings = own_site(tmp_path / "sites", FROM_MENU + NUMBERED)
    first = await crawl(ProductsSpider, settings, site="acme")
    for sql in (
        f"DELETE FROM pages WHERE listing = 3 AND page > 1 OR listing = 5 AND position > {5 * ROOM + 1}",
        "UPDATE pages SET status = 'failed', reason = 'timeout' WHERE listing IN (3, 5)",
        f"DELETE FROM sightings WHERE position / {ROOM} IN (3, 5)",
    ):
        with first.database.begin() as connection:
            connection.exec_driver_sql(sql)
    target = tmp_path / "products.json"

    second = await crawl(ProductsSpider, settings | to_json(target), site="acme", resume="1")

    assert second.verdict.exit_code == 0, second.verdict.lines
    assert second.counts().requests == 1 + 4 + 2
    assert on_cards(feed(target)) == expected()

    own_site(tmp_path / "sites", STARTS + NUMBERED)
    with pytest.raises(ArgumentError) as raised:
        await crawl(ProductsSpider, settings, site="acme", resume="1")
    assert str(raised.value) == (
        "-a resume=1: crawl 1 was started with menu in its profile, which has starts now; start a new crawl"
    )


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "data" / "ecomscraper.sqlite3")) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(("details", "products", "kills"), [("false", 600, (2, 30)), ("true", 188, (9, 60, 130))])
def test_killed_again_and_again_it_loses_nothing_and_gives_nothing_twice(
    demo_shop: Any, start_crawl: Any, run_scrapy: Any, tmp_path: Path, details: str, products: int, kills: Any
) -> None:
    """`kills`: how often the shop was asked when they came; the menu is its second request, after robots.txt."""
    shop = demo_shop("--small", "--products", str(products), "--latency", "0.01", "--latency-random", "0.02")
    arguments = ("-a", f"menu={MENU}", "-a", f"details={details}", "-O", "products.json")
    settings = ("-s", "ECOM_LEDGER_BATCH_SECONDS=0.05", "-s", "ECOM_LEDGER_BATCH_PAGES=10")
    resumed: tuple[str, ...] = ()
    for asked in kills:
        run = start_crawl(shop, *arguments, *settings, *resumed, spider="products")
        assert run.when_asked(shop, asked), run.log
        run.kill()
        assert not (tmp_path / "products.json").exists()
        resumed = ("-a", "resume=last")

    last = start_crawl(shop, *arguments, "-a", "resume=1", spider="products")
    assert last.end() == 0, last.log

    catalogue = Catalogue(products)
    assert on_cards(feed(tmp_path / "products.json")) == expected(catalogue, shop.address)
    assert len({row["sku"] for row in feed(tmp_path / "products.json")}) == products
    listed = sum(len(one) for one in categories(catalogue))
    assert query(tmp_path, "SELECT count(*), count(DISTINCT position || ' ' || place) FROM sightings") == [
        (listed, listed)
    ]
    assert query(tmp_path, "SELECT count(*) FROM crawls") == [(1,)]
    requests = {path: target["requests"] for path, target in shop.counts()["targets"].items()}
    pages = 1 + sum(catalogue.in_category(category).pages for category in CATEGORIES)
    own = products if details == "true" else 0
    asked_for = {path: times for path, times in requests.items() if re.match("/(ecommerce|product)/", path)}
    assert len(asked_for) == pages + own
    fetched_twice = sum(asked_for.values()) - len(asked_for)
    assert fetched_twice <= len(kills) * (16 + 2 * 10)  # what was in flight, a batch that is written and the next one
    shown = run_scrapy("crawls", "show", "1").stdout.splitlines()
    assert shown[-6].split() == ["LISTING", "PAGES", "STORED", "FAILED", "DECLARED_TOTAL", "CARDS", "URL"]
    total = catalogue.in_category(CATEGORIES[4])
    assert shown[-1].split() == [
        "5", str(total.pages), str(total.pages), "0", str(total.total), str(total.total),
        start(CATEGORIES[4], shop.address),
    ]  # fmt: skip

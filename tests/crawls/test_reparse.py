"""A crawl whose answers were kept is read again: it gives what a new crawl would give, and nobody is asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import Engine, Table, select

from ecomscraper.demo.middleware import DemoShopMiddleware
from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.body_rows import archive_size
from ecomscraper.ledger.database import open_database
from ecomscraper.ledger.tables import bodies, pages, products, sightings, throttle_memory, throttle_samples, titles
from ecomscraper.spiders import ecommerce
from ecomscraper.spiders.ecommerce import EcommerceSpider
from ecomscraper.spiders.fetch import FetchSpider
from ecomscraper.spiders.products import ProductsSpider
from ecomscraper.verdict.changes import two_crawls
from ecomscraper.verdict.fleet import fleet_records
from ecomscraper.verdict.history import crawl_record


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_database"))
    return url


SHOP = "http://demo.localhost"
SMALL = {"ECOM_DEMO_SMALL": True, "ECOM_DEMO_PRODUCTS": 48}
KEEP = SMALL | {"ECOM_ARCHIVE": True}
logger = logging.getLogger(__name__)

OF_THE_RUN = ("crawl_id", "fetched_at")
CARDS = {"site": "demo", "product.name": "a::attr(href)"}
MENU = {"menu": "nav.category-navigation a"}
API = {"start": f"{SHOP}/", "platform": "woocommerce_api", "pagination.page_size": "20"}
SITEMAP = {
    "start": f"{SHOP}/sitemap.xml",
    "pagination.strategy": "sitemap",
    "pagination.sitemap_urls": "-products-",
    "pagination.product_urls": "/product/",
}
CASES = {  # spider, what it is started with, what is other in the second reading
    "titles": (EcommerceSpider, {}, {"title": "h2::text"}),
    "next link": (EcommerceSpider, {"pagination.strategy": "next_link"}, {"title": "h2::text"}),
    "a page": (EcommerceSpider, {"url": f"{SHOP}/ecommerce/page/2/"}, {"title": "h2::text"}),
    "cards": (ProductsSpider, {}, {"product.name": "a::attr(href)"}),
    "listings": (ProductsSpider, MENU, {"product.name": "a::attr(href)"}),
    "own pages": (ProductsSpider, {"details": "true"}, {"product.name": "title::text"}),
    "sitemap": (ProductsSpider, SITEMAP, {"product.name": "title::text"}),
    "api": (ProductsSpider, API, {"api.product.name": "/slug"}),
}


def rows(engine: Engine, table: Table, crawl_id: int) -> list[tuple[Any, ...]]:
    """Of a crawl, in order, without what belongs to the run."""
    columns = [column for column in table.c if column.name not in OF_THE_RUN]
    with engine.connect() as connection:
        query = select(*columns).where(table.c.crawl_id == crawl_id).order_by(*table.primary_key)
        return [tuple(row) for row in connection.execute(query)]


def contents(crawled: Any) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table.name: rows(crawled.database, table, crawled.crawl_id) for table in (pages, titles, products, sightings)
    }


def moments(crawled: Any) -> dict[str, list[Any]]:
    """When what it has was fetched."""
    found = {}
    with crawled.database.connect() as connection:
        for table in (pages, titles, products):
            query = select(table.c.fetched_at).where(table.c.crawl_id == crawled.crawl_id)
            found[table.name] = sorted(connection.scalars(query))
    return found


def kept(engine: Engine, crawl_id: int) -> list[int]:
    """Positions of the pages whose answers are in the archive."""
    with engine.connect() as connection:
        query = select(bodies.c.position).where(bodies.c.crawl_id == crawl_id).order_by(bodies.c.position)
        return list(connection.scalars(query))


def asked(crawled: Any) -> int:
    count: int = crawled.crawler.stats.get_value("downloader/request_count", 0)
    return count


@pytest.mark.parametrize(
    ("case", "database"),
    [*((case, "sqlite_database") for case in CASES), ("listings", "postgres_database")],
    indirect=["database"],
)
@pytest_twisted.ensureDeferred
async def test_another_reading_gives_what_a_new_crawl_gives(crawl: Callable[..., Any], case: str) -> None:
    spider, arguments, changed = CASES[case]
    first = await crawl(spider, KEEP, **arguments)
    fresh = await crawl(spider, SMALL, **arguments, **changed)
    again = await crawl(spider, SMALL, source=first.crawl_id, **changed)

    assert contents(again) == contents(fresh) != contents(first)
    assert again.verdict.exit_code == fresh.verdict.exit_code == 0
    assert asked(first) == asked(fresh) > asked(again) == 0
    assert again.crawler.get_downloader_middleware(DemoShopMiddleware) is None
    assert moments(again) == moments(first)
    assert kept(first.database, first.crawl_id) == [page.position for page in first.pages()]
    assert kept(first.database, again.crawl_id) == []


@pytest_twisted.ensureDeferred
async def test_a_list_of_urls_is_read_again_without_its_file(crawl: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("\n".join(f"{SHOP}/ecommerce/page/{number}/" for number in (3, 2, 3, 99)))
    first = await crawl(EcommerceSpider, KEEP, urls=str(file))
    file.unlink()
    again = await crawl(source=first.crawl_id)

    assert contents(again) == contents(first)
    assert [row.page for row in again.rows()] == [1, 2, 3]
    assert again.verdict.facts.failed["http_404"].count == 1


@pytest_twisted.ensureDeferred
async def test_a_page_that_was_not_fetched_fails_and_says_so(crawl: Callable[..., Any]) -> None:
    first = await crawl(settings=KEEP | {"ECOM_DEMO_PRODUCTS": 80}, **{"pagination.last_page": "3"})
    again = await crawl(source=first.crawl_id, **{"pagination.last_page": "5"})

    assert [(page.page, page.status, page.reason) for page in again.pages()] == [
        (1, "stored", None),
        (2, "stored", None),
        (3, "stored", None),
        (4, "failed", "not_archived"),
        (5, "failed", "not_archived"),
    ]
    assert again.verdict.exit_code == 3
    assert again.pages()[3].detail == f"crawl {first.crawl_id} did not fetch it"
    assert again.pages()[3].fetched_at is None


@pytest_twisted.ensureDeferred
async def test_a_page_on_which_our_code_failed_can_be_read_again(
    crawl: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ecommerce.split_title

    def split_title(title: str) -> Any:
        if "Page 2" in title:
            raise RuntimeError("half a rule")
        return broken(title)

    with monkeypatch.context() as patched:
        patched.setattr(ecommerce, "split_title", split_title)
        first = await crawl(settings=KEEP)
    assert [(page.reason, page.http_status) for page in first.pages()] == [(None, 200), ("bug", 200), (None, 200)]
    assert kept(first.database, first.crawl_id) == [1, 2, 3]

    again = await crawl(source=first.crawl_id)
    assert again.verdict.exit_code == 0
    assert [row.page for row in again.rows()] == [1, 2, 3]


@pytest_twisted.ensureDeferred
async def test_nothing_is_kept_where_nobody_asked_for_it(crawl: Callable[..., Any]) -> None:
    first = await crawl(settings=SMALL)
    assert kept(first.database, first.crawl_id) == []
    with pytest.raises(
        ArgumentError, match=r"crawl 1 \(ecommerce demo\) kept none of its answers; with ECOM_ARCHIVE=1"
    ):
        await crawl(source=1)
    fetched = await crawl(FetchSpider, KEEP, url=f"{SHOP}/ecommerce/")
    assert kept(first.database, fetched.crawl_id) == []
    with pytest.raises(ArgumentError, match="crawl 2 is one of the spider fetch, whose rows are the answers"):
        await crawl(FetchSpider, source=2)
    with pytest.raises(ArgumentError, match="there is no crawl 3 in this database"):
        await crawl(source=3)


@pytest_twisted.ensureDeferred
async def test_a_reparse_is_no_crawl_of_the_shop(crawl: Callable[..., Any], tmp_path: Path) -> None:
    box = tmp_path / "notice"
    first = await crawl(ProductsSpider, KEEP)
    second = await crawl(ProductsSpider, KEEP | {"ECOM_DEMO_VERSION": 2})
    again = await crawl(ProductsSpider, source=first.crawl_id)
    broken = await crawl(
        ProductsSpider, {"ECOM_NOTIFY": f"touch {box}"}, source=second.crawl_id, **{"listing.card": "b.none"}
    )

    assert broken.verdict.exit_code == 3
    assert not box.exists()
    with first.database.connect() as connection:
        (shop,) = fleet_records(connection)
        assert (shop["id"], [each["id"] for each in shop["trend"]]) == (2, [1, 2])
        assert two_crawls(connection, "demo") == (again.crawl_id, second.crawl_id)  # by when the shop was asked
        record = crawl_record(connection, again.crawl_id)
        assert (record["reparsed_from"], record["archive"]) == (1, None)
        assert crawl_record(connection, 1)["archive"]["pages"] == 3
        assert not connection.execute(select(throttle_samples).where(throttle_samples.c.crawl_id == 3)).first()
    assert again.verdict.lines[-1].endswith("crawl 3, reparsed from crawl 1, in " + again.verdict.facts.database)
    with pytest.raises(ArgumentError, match="crawl 3 read crawl 1 again, which costs no request"):
        await crawl(ProductsSpider, resume="3")
    with pytest.raises(ArgumentError, match="no crawl of demo is unfinished"):
        await crawl(ProductsSpider, site="demo", resume="last")
    with pytest.raises(ArgumentError, match="crawl 3 read crawl 1 again, and keeps no answers itself"):
        await crawl(ProductsSpider, source=3)


FAULTS = (
    *("status=404@3", "no_title@5", "status=503@7", "reset_body@9", "redirect_page@11", "wrong_charset@13"),
    *("redirect_offsite@15", "soft_404@17", "binary@19", "legacy_charset@21"),
)


@pytest.mark.slow
def test_the_shop_is_not_asked_again(
    demo_shop: Any, start_crawl: Any, run_scrapy: Any, tmp_path: Path, database: str
) -> None:
    """Forty pages, some of them faulty, read again as they are typed, and read anew with the same selector."""
    shop = demo_shop("--small", "--products", "640", *(word for fault in FAULTS for word in ("--fault", fault)))
    quick = ("-s", "RETRY_TIMES=0", "-a", "limits.throttle=adaptive")
    first = start_crawl(shop, "-s", "ECOM_ARCHIVE=True", *quick)
    assert first.end() == 3, first.log
    engine = open_database(database)
    before, learnt = shop.counts()["requests"], all_of(engine, throttle_memory)
    assert before == 42  # robots.txt, forty pages, and one once more to which a redirect leads
    assert learnt

    other = ("-a", "title=h2::text")
    again = run_scrapy("crawls", "reparse", "1", *other, "-O", "again.json", "-O", "again.csv")
    assert again.returncode == 3, again.stderr
    assert "crawl 2, reparsed from crawl 1, in " in again.stderr.splitlines()[-1]
    assert shop.counts()["requests"] == before
    assert all_of(engine, throttle_memory) == learnt

    fresh = start_crawl(shop, *other, *quick, "-O", "fresh.json")
    assert fresh.end() == 3, fresh.log
    for table in (pages, titles):
        assert rows(engine, table, 2) == rows(engine, table, 3) != rows(engine, table, 1)
    assert [row[:-1] for row in read(tmp_path / "again.json")] == [row[:-1] for row in read(tmp_path / "fresh.json")]
    assert len((tmp_path / "again.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(rows(engine, titles, 2))
    engine.dispose()


def all_of(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(table))]


def read(path: Path) -> list[tuple[Any, ...]]:
    """The rows of a feed; when each was fetched stands last."""
    return [tuple(row.values()) for row in json.loads(path.read_text(encoding="utf-8"))]


@pytest.mark.slow
def test_after_a_kill_the_answers_are_those_of_the_stored_pages(
    demo_shop: Any, start_crawl: Any, database: str
) -> None:
    shop = demo_shop("--small", "--products", "6400", "--latency-random", "0.02")
    small_batches = ("-s", "ECOM_LEDGER_BATCH_PAGES=10", "-s", "ECOM_LEDGER_BATCH_SECONDS=5")
    run = start_crawl(shop, "-s", "ECOM_ARCHIVE=True", *small_batches)
    assert run.when_asked(shop, 150), run.log
    run.kill()

    engine = open_database(database)
    with engine.connect() as connection:
        settled = select(pages.c.position).where(pages.c.status == "stored").order_by(pages.c.position)
        stored = list(connection.scalars(settled))
    assert 10 <= len(stored) < 400
    assert kept(engine, 1) == stored
    engine.dispose()


@pytest.mark.campaign
@pytest_twisted.ensureDeferred
async def test_a_thousand_pages_read_again_are_those_of_a_new_crawl(crawl: Callable[..., Any]) -> None:
    big = {"ECOM_DEMO_PRODUCTS": 16_000}
    other = {"product.name": "a::attr(href)"}
    first = await crawl(ProductsSpider, big | {"ECOM_ARCHIVE": True})
    fresh = await crawl(ProductsSpider, big, **other)
    again = await crawl(ProductsSpider, source=first.crawl_id, **other)

    assert len(again.pages()) == 1_000
    assert again.verdict.facts.items == 16_000
    assert contents(again) == contents(fresh) != contents(first)
    assert asked(again) == 0
    with first.database.connect() as connection:
        size = archive_size(connection, first.crawl_id)
    seconds = [crawled.verdict.facts.seconds for crawled in (first, fresh, again)]
    logger.info("%.0f bytes a page kept; seconds: first, fresh, again %s", size.bytes / size.pages, seconds)

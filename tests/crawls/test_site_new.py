"""`scrapy site new` and `site save` in processes of their own; and what is drafted crawls the whole shop."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from ecomscraper.demo.catalogue import Catalogue, in_theme
from ecomscraper.demo.themes.theme import DEFAULT, THEMES
from ecomscraper.ledger.locks import host_locks
from ecomscraper.spiders.products import ProductsSpider

pytestmark = pytest.mark.slow

HOST = "http://demo.localhost"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def listing(theme: str) -> str:
    return f"{HOST}/ecommerce/" if theme == DEFAULT else f"{HOST}/t/{theme}/ecommerce/"


@pytest.mark.parametrize("theme", THEMES)
@pytest_twisted.ensureDeferred
async def test_draft_crawls_the_whole_shop(theme: str, run_scrapy: Run, crawl: Any, tmp_path: Path) -> None:
    sites = tmp_path / "sites"
    sites.mkdir()
    done = run_scrapy("site", "new", listing(theme), "-o", "acme", env={"ECOM_SITES_DIR": str(sites)})
    assert (done.returncode, done.stderr) == (0, "")
    assert len((sites / "acme.toml").read_text(encoding="utf-8").splitlines()) <= 15

    feed = tmp_path / "products.json"
    fast = {"limits.delay_seconds": "0", "limits.throttle": "fixed"}
    settings = {"ECOM_SITES_DIR": str(sites), "FEEDS": {str(feed): {"format": "json"}}}
    crawled = await crawl(ProductsSpider, settings, site="acme", **fast)

    assert crawled.verdict.exit_code == 0
    rows = json.loads(feed.read_text(encoding="utf-8"))
    products = [in_theme(product, THEMES[theme]) for product in Catalogue(188)]
    assert [(row["name"], Decimal(row["price"])) for row in rows] == [(one.name, one.price) for one in products]
    assert len({row["url"] for row in rows}) == 188


def test_draft_is_printed_with_what_two_pages_give(run_scrapy: Run) -> None:
    done = run_scrapy("site", "new", listing("plain"))
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    head = lines.index(next(line for line in lines if line.startswith("PAGE ")))
    rows = lines[head + 1 : head + 33]
    assert lines[0] == f'start = "{listing("plain")}"'
    assert lines[head].split() == ["PAGE", "NAME", "PRICE", "CURRENCY", "AVAILABILITY", "URL"]
    assert [row.split()[0] for row in rows] == ["1"] * 16 + ["2"] * 16
    assert rows[0].split() == [
        *("1", "Coastal", "Cashmere", "Apron", "51.09", "SEK", "-"),
        f"{HOST}/t/plain/product/coastal-cashmere-apron-1/",
    ]
    assert "- no total is printed: completeness cannot be checked" in lines[head + 33 :]


def test_nothing_is_drafted_from_a_page_without_cards(run_scrapy: Run, tmp_path: Path) -> None:
    done = run_scrapy("site", "new", f"{HOST}/product/coastal-cashmere-apron-1/", "-o", "acme")
    assert (done.returncode, done.stderr) == (3, "")
    assert "no cards of products were found" in done.stdout
    assert not (tmp_path / "acme.toml").exists()


@pytest.mark.parametrize("command", ["new", "save"])
def test_robots_txt_holds_here_too(command: str, run_scrapy: Run, tmp_path: Path) -> None:
    robots = {"ECOM_DEMO_ROBOTS": "User-agent: *\nDisallow: /", "ECOM_SAVED_PAGES_DIR": str(tmp_path / "pages")}
    done = run_scrapy("site", command, f"{HOST}/ecommerce/", env=robots)
    assert (done.returncode, done.stdout) == (5, "")
    first, second = done.stderr.splitlines()
    assert first.startswith(f"{HOST}/ecommerce/: robots (")
    assert second.startswith("if you may read it all the same, add: -a robots.obey=false")

    allowed = run_scrapy(
        "site", command, f"{HOST}/ecommerce/", "-a", "robots.obey=false", "-a", "robots.reason=mine", env=robots
    )
    assert (allowed.returncode, allowed.stderr) == (0, "")


def test_page_that_is_not_there(run_scrapy: Run) -> None:
    done = run_scrapy("site", "new", f"{HOST}/nowhere/")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"{HOST}/nowhere/: http_404 (the shop answered 404)\n"


def test_saved_page_becomes_a_test(run_scrapy: Run, tmp_path: Path) -> None:
    folder = {"ECOM_SAVED_PAGES_DIR": str(tmp_path / "pages")}
    saved = run_scrapy("site", "save", f"{HOST}/ecommerce/page/3/", "--case", "third", env=folder)
    assert (saved.returncode, saved.stderr) == (0, "")
    assert saved.stdout.splitlines()[0] == "saved demo/third, which gives 16 products of 188"

    case = tmp_path / "pages" / "demo" / "third"
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert (expected["url"], expected["declared_total"]) == (f"{HOST}/ecommerce/page/3/", 188)
    assert len(expected["products"]) == 16
    checked = run_scrapy("site", "check", "demo", env=folder)
    assert (checked.returncode, checked.stdout.splitlines()[0]) == (0, "demo/third: ok")

    (case / "expected.json").write_text(json.dumps({**expected, "declared_total": 1}), encoding="utf-8")
    again = run_scrapy("site", "save", f"{HOST}/ecommerce/page/3/", "--case", "third", env=folder)
    assert again.returncode == 2
    assert "is there already; --force overwrites it" in again.stderr
    assert json.loads((case / "expected.json").read_text(encoding="utf-8"))["declared_total"] == 1
    assert run_scrapy("site", "check", "demo", env=folder).returncode == 3


def test_no_preview_leaves_anything_in_the_database(run_scrapy: Run, tmp_path: Path) -> None:
    assert run_scrapy("site", "new", listing("books")).returncode == 0
    assert not (tmp_path / "data" / "ecomscraper.sqlite3").exists()


def test_shop_that_is_being_crawled_is_left_alone(run_scrapy: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    locks = host_locks(f"sqlite:///{data}/ecomscraper.sqlite3", data)
    locks.take(["demo.localhost"], wait=False, holder=str)
    try:
        done = run_scrapy("site", "new", listing("books"))
    finally:
        locks.release()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("demo.localhost is being crawled by another process; wait for its end")

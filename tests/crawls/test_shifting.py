"""Shops that change, repeat or have no end: what is stored, and what the verdict names."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def query(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "data" / "ecomscraper.sqlite3")) as connection:
        return connection.execute(sql).fetchall()


def pages_in(feed: Path) -> list[int]:
    return [row["page"] for row in json.loads(feed.read_text(encoding="utf-8"))]


def test_a_total_that_grows_is_named_and_what_came_too_late_is_missed(demo_shop: Any, start_crawl: Any) -> None:
    # Twenty new products in front after six pages: the last ones move to a page that nobody knew of.
    shop = demo_shop("--grow", "20@6")
    run = start_crawl(shop, "-a", "limits.concurrency=1")
    assert run.end() == 3, run.log
    assert "the shop's total changed while it was read: 188 to 208; pages may have shifted" in run.log
    assert "the shop says it has 208 products, its pages showed 192" in run.log
    assert "INCOMPLETE: 12 of 12 pages stored; 0 failed; the shop says 208 products, 192 seen" in run.last_line


def test_a_total_that_grows_within_the_known_pages_is_named(demo_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    shop = demo_shop("--grow", "3@6")
    run = start_crawl(shop, "-a", "limits.concurrency=1", "-O", "titles.json")
    assert run.end() == 0, run.log
    assert "the shop's total changed while it was read: 188 to 191; pages may have shifted" in run.log
    assert "complete: 12 of 12 pages stored; 0 failed; the shop says 191 products, 191 seen" in run.last_line
    assert pages_in(tmp_path / "titles.json") == list(range(1, 13))
    # Each page says what held when it was read.
    assert query(tmp_path, "SELECT declared_total, count(*) FROM pages GROUP BY 1") == [(188, 6), (191, 6)]


@pytest.mark.parametrize("past_end", ["repeat", "endless"])
def test_pages_past_the_end_that_repeat_products_are_named(
    past_end: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--past-end", past_end)
    run = start_crawl(shop, "-a", "pagination.last_page=20", "-a", r"expectations.total_pattern=of (\d+) results")
    assert run.end() == 0, run.log
    (shown,) = query(tmp_path, "SELECT sum(cards) FROM pages WHERE status = 'stored'")[0]
    assert shown == 188 + 8 * {"repeat": 12, "endless": 16}[past_end]
    assert "8 pages showed the same products as another one; they count once" in run.log
    assert "the shop says 188 products, 188 seen" in run.last_line


def test_an_endless_pager_is_not_followed_beyond_the_total(demo_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    shop = demo_shop("--endless")
    run = start_crawl(shop, "-O", "titles.json")
    assert run.end() == 0, run.log
    assert pages_in(tmp_path / "titles.json") == list(range(1, 13))
    assert "/ecommerce/page/13/" not in shop.counts()["targets"]


@pytest.mark.parametrize(
    ("past_end", "told"),
    [
        ("404", "failed (http_404): 3 pages, for example {url} (the shop answered 404)"),
        ("soft-404", "failed (no_cards): 3 pages, for example {url} (ul.products > li.product found nothing)"),
    ],
)
def test_pages_past_the_end_fail_with_the_place_where_nothing_was(
    past_end: str, told: str, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--past-end", past_end)
    run = start_crawl(shop, "-a", "pagination.last_page=15", "-O", "titles.json")
    assert run.end() == 3, run.log
    assert told.format(url=shop.listing(13)) in run.log
    assert "12 of 15 pages stored; 3 failed; the shop says 188 products, 188 seen" in run.last_line
    assert pages_in(tmp_path / "titles.json") == list(range(1, 13))


def test_a_page_that_leads_onto_another_is_stored_and_its_products_count_once(
    demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--fault", "redirect_page=3@5")
    run = start_crawl(shop, "-O", "titles.json")
    assert run.end() == 3, run.log
    assert "1 page led onto another page of this crawl, whose products count once" in run.log
    assert "the shop says it has 188 products, its pages showed 172" in run.log
    assert query(tmp_path, "SELECT position, same_as, final_url FROM pages WHERE same_as IS NOT NULL") == [
        (5, 3, shop.listing(3))
    ]
    rows = json.loads((tmp_path / "titles.json").read_text(encoding="utf-8"))
    assert (rows[4]["page"], rows[4]["url"], rows[4]["final_url"]) == (5, shop.listing(5), shop.listing(3))
    assert rows[4]["title"] == rows[2]["title"]


def test_pages_that_are_listed_twice_give_their_rows_twice(demo_shop: Any, start_scrapy: Any, tmp_path: Path) -> None:
    shop = demo_shop("--small")
    listed = (2, 3, 2, 4, 2)
    (tmp_path / "urls.txt").write_text("".join(f"{shop.listing(page)}\n" for page in listed), encoding="utf-8")
    with start_scrapy("crawl", "ecommerce", "-a", "urls=urls.txt", "-O", "titles.json") as run:
        _, log = run.communicate(timeout=60)
    assert run.returncode == 0, log
    rows = json.loads((tmp_path / "titles.json").read_text(encoding="utf-8"))
    assert [row["url"] for row in rows] == [shop.listing(page) for page in listed]
    assert "2 pages had been listed before; each has its own row" in log

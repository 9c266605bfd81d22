"""From arguments to a crawl that may start: everything wrong is told before anything is fetched or held."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings
from sqlalchemy import select

from ecomscraper.exceptions import ArgumentError, BusyError, ConfigurationError, EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.database import open_database
from ecomscraper.ledger.opening import crawl_for, database_url, open_crawl
from ecomscraper.ledger.tables import crawls, pages
from ecomscraper.spiders.ecommerce import EcommerceSpider


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """`settings(NAME=value)`: the project's, with these as `-s` would give them."""

    def make(**given: Any) -> Settings:
        made = Settings()
        made.setmodule("ecomscraper.settings", priority="project")
        made.update({"ECOM_DATA_DIR": str(tmp_path), "ECOM_DATABASE_URL": "", "ECOM_SITES_DIR": ""}, priority="cmdline")
        made.update(given, priority="cmdline")
        return made

    return make


@pytest.fixture
def opened(settings) -> Iterator[Callable[..., Crawl]]:
    """`opened(pages="1-3", settings={…})` opens a crawl of the demo shop, closed at the test's end."""
    crawls_opened: list[Crawl] = []

    def open_one(settings_given: dict[str, Any] | None = None, **arguments: str) -> Crawl:
        crawls_opened.append(open_crawl(EcommerceSpider, arguments, settings(**(settings_given or {}))))
        return crawls_opened[-1]

    yield open_one
    for crawl in crawls_opened:
        crawl.close()


def rows(tmp_path: Path, *columns: Any) -> list[tuple[Any, ...]]:
    engine = open_database(f"sqlite:///{tmp_path / 'ecomscraper.sqlite3'}")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(select(*columns))]
    engine.dispose()
    return found


def test_a_crawl_is_written_with_what_it_was_told(opened, tmp_path: Path) -> None:
    crawl = opened({"FEEDS": {"t.json": {"format": "json"}}}, site="demo", pages="1-3")
    columns = (
        crawls.c.id,
        crawls.c.site,
        crawls.c.spider,
        crawls.c.status,
        crawls.c.hosts,
        crawls.c.outputs,
        crawls.c.pid,
    )
    assert rows(tmp_path, *columns) == [
        (crawl.ledger.crawl_id, "demo", "ecommerce", "running", ["demo.localhost"], ["t.json"], os.getpid())
    ]
    assert rows(tmp_path, crawls.c.arguments) == [({"site": "demo", "pages": "1-3"},)]
    assert rows(tmp_path, pages.c.position, pages.c.status)[0] == (1, "pending")


def test_a_second_crawl_of_a_host_is_refused_naming_the_first(opened, tmp_path: Path) -> None:
    first = opened()
    with pytest.raises(BusyError) as refused:
        opened()
    said = str(refused.value)
    assert said.startswith(
        f"demo.localhost is being crawled by crawl {first.ledger.crawl_id} (site demo, process {os.getpid()}"
    )
    assert len(rows(tmp_path, crawls.c.id)) == 1


def test_hosts_are_given_back_at_the_end(opened) -> None:
    opened().close()
    assert opened().ledger.crawl_id == 2


def test_a_crawl_of_another_host_or_database_is_free(opened, tmp_path: Path) -> None:
    opened()
    assert opened(url="http://shop.example/").ledger.crawl_id == 2
    assert opened({"ECOM_DATABASE_URL": f"sqlite:///{tmp_path / 'other.sqlite3'}"}).ledger.crawl_id == 1


@pytest.mark.parametrize(
    ("given", "arguments", "kind", "said"),
    [
        ({}, {"site": "dmeo"}, EcomscraperError, "did you mean demo"),
        ({}, {"sight": "demo"}, ArgumentError, "did you mean site"),
        ({}, {"urls": "no-such-file"}, ArgumentError, "does not exist"),
        ({}, {"url": "shop.example"}, EcomscraperError, "has no scheme"),
        ({"ECOM_LEDGER_BUSY": "maybe"}, {}, ConfigurationError, 'must be "wait" or "refuse"'),
        ({"ECOM_LEDGER_BATCH_PAGES": 0}, {}, ConfigurationError, "must be ≥ 1"),
        ({"ECOM_LEDGER_BUFFER_PAGES": 0}, {}, ConfigurationError, "must be ≥ 1"),
        ({"ECOM_DATABASE_URL": "nothing"}, {}, ConfigurationError, "ECOM_DATABASE_URL = 'nothing'"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_stays_held(
    opened, given: dict[str, Any], arguments: dict[str, str], kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind) as refused:
        opened(given, **arguments)
    assert said in str(refused.value)
    opened()  # the host is free


def test_nothing_is_written_for_a_crawl_that_may_not_start(opened, tmp_path: Path) -> None:
    for given in ({"ECOM_LEDGER_BUSY": "maybe"}, {"ECOM_LEDGER_BATCH_PAGES": 0}):
        with pytest.raises(ConfigurationError):
            opened(given)
    assert rows(tmp_path, crawls.c.id) == []


def test_the_hosts_of_all_listings_are_held(opened) -> None:
    starts = '["http://127.0.0.1:1/one/", "http://127.0.0.1:2/two/"]'
    assert opened(start="", starts=starts).plan.hosts == {"127.0.0.1:1", "127.0.0.1:2"}
    with pytest.raises(BusyError, match=r"127\.0\.0\.1:2 is being crawled"):
        opened(start="http://127.0.0.1:2/two/")


def test_the_database_is_a_file_in_the_data_folder_unless_told_otherwise(settings, tmp_path: Path) -> None:
    assert database_url(settings()) == f"sqlite:///{tmp_path / 'ecomscraper.sqlite3'}"
    assert database_url(settings(ECOM_DATABASE_URL="postgresql://host/shop")) == "postgresql://host/shop"


def test_a_profiles_limits_become_settings_and_the_command_line_wins(settings, opened) -> None:
    plain = settings()
    crawl = crawl_for(EcommerceSpider, {"opened": opened()}, plain)
    assert plain.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == crawl.profile.limits.concurrency == 16
    assert plain.getint("CONCURRENT_REQUESTS") >= 16
    told = settings(CONCURRENT_REQUESTS_PER_DOMAIN=40, CONCURRENT_REQUESTS=3)
    crawl_for(EcommerceSpider, {"opened": crawl}, told)
    assert told.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 40
    assert told.getint("CONCURRENT_REQUESTS") == 3


def test_the_window_is_twice_the_requests_at_once(settings, opened) -> None:
    told = settings(CONCURRENT_REQUESTS=50)
    assert crawl_for(EcommerceSpider, {"opened": opened()}, told).feeder.window == 100

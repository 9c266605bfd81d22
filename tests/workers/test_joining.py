"""`-a crawl=ID`: what cannot be joined is told in one line, with what to do."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.tables import crawls
from ecomscraper.workers.joining import crawl_to_join


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture(autouse=True)
def shared_crawl(engine: Engine, crawl_id: int) -> None:
    with engine.begin() as connection:
        connection.execute(update(crawls).values(arguments={"site": "shop", "pages": "2-5"}))


def test_a_crawl_that_runs_is_joined(engine: Engine, crawl_id: int) -> None:
    with engine.connect() as connection:
        for given in ({}, {"site": "shop"}, {"pages": "2-5", "site": "shop"}):
            assert crawl_to_join(connection, "ecommerce", {"crawl": "1", **given}).id == crawl_id


@pytest.mark.parametrize(
    ("values", "spider", "arguments", "line"),
    [
        ({}, "ecommerce", {"crawl": "9"}, "-a crawl=9: there is no crawl 9 in this database"),
        (
            {},
            "ecommerce",
            {"crawl": "last"},
            "-a crawl=last: give the number of a crawl; `scrapy crawls list` shows them",
        ),
        (
            {},
            "products",
            {"crawl": "1"},
            "-a crawl=1: crawl 1 is one of the spider ecommerce, not of products",
        ),
        (
            {"shared": False},
            "ecommerce",
            {"crawl": "1"},
            "-a crawl=1: crawl 1 belongs to one process; `scrapy workers` starts crawls that can be joined",
        ),
        (
            {"status": "finished"},
            "ecommerce",
            {"crawl": "1"},
            "-a crawl=1: crawl 1 is finished; `scrapy workers ecommerce -a resume=1` goes on with it",
        ),
        (
            {},
            "ecommerce",
            {"crawl": "1", "pages": "1-3"},
            "-a pages=1-3: crawl 1 was started with pages=2-5; leave it out",
        ),
        (
            {},
            "ecommerce",
            {"crawl": "1", "limits.concurrency": "3"},
            "-a limits.concurrency=3: crawl 1 was started without limits.concurrency; leave it out",
        ),
        (
            {},
            "ecommerce",
            {"crawl": "1", "resume": "last"},
            "-a resume=… opens a crawl again, -a crawl=1 joins one that runs: give one of them",
        ),
    ],
)
def test_what_cannot_be_joined_is_told(
    values: dict[str, object], spider: str, arguments: dict[str, str], line: str, engine: Engine
) -> None:
    if values:
        with engine.begin() as connection:
            connection.execute(update(crawls).values(**values))
    with engine.connect() as connection, pytest.raises(ArgumentError) as refused:
        crawl_to_join(connection, spider, arguments)
    assert str(refused.value) == line
    assert refused.value.exit_code == 2

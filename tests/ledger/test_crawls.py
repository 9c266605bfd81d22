"""The rows of the table `crawls`: begun with its pages, ended with its verdict, or found dead."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from ecomscraper import __version__
from ecomscraper.ledger.crawls import NewCrawl, begin_crawl, end_crawl, mark_dead, running_crawls
from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import crawls
from ecomscraper.pagination.page_ref import PageRef


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


def test_a_crawl_begins_with_what_it_was_told_and_the_pages_it_knows(engine: Engine, refs, page_rows) -> None:
    told = NewCrawl(
        site="shop",
        spider="ecommerce",
        arguments={"site": "shop", "pages": "1-2"},
        profile={"name": "shop", "limits": {"concurrency": 4}},
        outputs={"b.json", "a.csv"},
        hosts=frozenset({"shop.example", "cdn.example"}),
    )
    with write(engine) as connection:
        crawl_id = begin_crawl(connection, told, iter(refs(1, 2)))
        row = connection.execute(select(crawls)).one()
    assert (row.id, row.site, row.spider, row.status) == (crawl_id, "shop", "ecommerce", "running")
    assert row.arguments == {"site": "shop", "pages": "1-2"}
    assert row.profile == {"name": "shop", "limits": {"concurrency": 4}}
    assert (row.outputs, row.hosts) == (["a.csv", "b.json"], ["cdn.example", "shop.example"])
    assert (row.pid, row.version) == (os.getpid(), __version__)
    assert abs(row.started_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (row.ended_at, row.exit_code, row.verdict) == (None, None, None)
    assert [(page.position, page.status) for page in page_rows(engine, crawl_id)] == [(1, "pending"), (2, "pending")]


def test_a_crawl_whose_pages_cannot_be_listed_never_was(engine: Engine, refs) -> None:
    def broken_list():
        yield from refs(1)
        raise OSError("the list ends in the middle")

    told = NewCrawl("shop", "ecommerce", {}, {}, [], [])
    with pytest.raises(OSError, match="ends in the middle"), write(engine) as connection:
        begin_crawl(connection, told, broken_list())
    with engine.connect() as connection:
        assert connection.execute(select(crawls)).all() == []


def test_a_page_is_listed_once_for_each_position(engine: Engine, page_rows) -> None:
    told = NewCrawl("shop", "ecommerce", {}, {}, [], [])
    url = "http://shop.example/"
    with write(engine) as connection:
        crawl_id = begin_crawl(connection, told, [PageRef(1, 1, url), PageRef(2, 2, url)])
    assert [page.url for page in page_rows(engine, crawl_id)] == [url, url]


def test_a_crawl_ends_with_its_verdict(engine: Engine, new_crawl) -> None:
    other, crawl_id = new_crawl(engine, 1), new_crawl(engine, 1)
    with write(engine) as connection:
        end_crawl(connection, crawl_id, status="finished", exit_code=3, verdict={"stored": 1, "names": ["é"]})
    with engine.connect() as connection:
        rows = {row.id: row for row in connection.execute(select(crawls))}
    ended = rows[crawl_id]
    assert (ended.status, ended.exit_code, ended.verdict) == ("finished", 3, {"stored": 1, "names": ["é"]})
    assert ended.ended_at >= ended.started_at
    assert (rows[other].status, rows[other].ended_at) == ("running", None)


def test_running_crawls_come_newest_first(engine: Engine, new_crawl) -> None:
    first, second, third = (new_crawl(engine, 0) for _ in range(3))
    with write(engine) as connection:
        end_crawl(connection, second, status="stopped", exit_code=130, verdict={})
        assert [row.id for row in running_crawls(connection)] == [third, first]


def test_a_crawl_whose_hosts_are_free_is_dead(engine: Engine, new_crawl) -> None:
    dead = new_crawl(engine, 0, hosts=["a.example", "b.example"])
    alive = new_crawl(engine, 0, hosts=["c.example"])
    done = new_crawl(engine, 0, hosts=["b.example"])
    with write(engine) as connection:
        end_crawl(connection, done, status="finished", exit_code=0, verdict={})
        mark_dead(connection, {"b.example", "d.example"})
        found = {row.id: row.status for row in connection.execute(select(crawls))}
    assert found == {dead: "broken", alive: "running", done: "finished"}

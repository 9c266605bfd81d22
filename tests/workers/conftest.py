"""A crawl that workers share, in a database of each kind, and time that passes when a test says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import workers
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.workers.rows import database_now


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """An empty database."""
    opened = open_database(database)
    yield opened
    opened.dispose()


@pytest.fixture
def crawl_id(engine: Engine) -> int:
    """A shared crawl with the pages 1 to 12, all of them known."""
    refs = [PageRef(page, page, f"http://shop.example/page/{page}/") for page in range(1, 13)]
    crawl = NewCrawl("shop", "ecommerce", {}, {"name": "shop"}, [], ["shop.example"], shared=True)
    with write(engine) as connection:
        return begin_crawl(connection, crawl, refs)


@pytest.fixture
def expire(engine: Engine) -> Callable[[int], None]:
    """`expire(worker)`: it was silent for longer than its lease."""

    def end_lease(worker: int) -> None:
        with write(engine) as connection:
            past = database_now(connection) - timedelta(seconds=1)
            connection.execute(update(workers).where(workers.c.id == worker).values(lease_until=past))

    return end_lease

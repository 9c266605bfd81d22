"""The cursor over the results: in page order, up to the first page that is not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from ecomscraper.items import Title
from ecomscraper.ledger import title_rows
from ecomscraper.ledger.database import write
from ecomscraper.ledger.ledger import Ledger, PageFailure
from ecomscraper.ledger.results import settled_pages


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def settle(engine: Engine, limits) -> Callable[..., None]:
    """`settle(crawl_id, settlement, …)` in one transaction."""

    def in_one(crawl_id: int, *settlements: Any) -> None:
        ledger = Ledger(engine, crawl_id, limits())
        with write(engine) as connection:
            ledger._apply(connection, settlements)

    return in_one


def titles_after(connection: Connection, crawl_id: int, after: int = 0) -> tuple[list[int], int, bool]:
    found = settled_pages(connection, crawl_id, after, Title)
    return [item.page for item in found.items], found.position, found.more


def test_items_come_back_as_they_were(engine: Engine, new_crawl, bundle, settle) -> None:
    crawl_id = new_crawl(engine, 2)
    given_bundle = bundle(1)
    settle(crawl_id, given_bundle)
    with engine.connect() as connection:
        assert settled_pages(connection, crawl_id, 0, Title).items == given_bundle.items


def test_the_cursor_stops_at_the_first_pending_page(engine: Engine, new_crawl, bundle, settle) -> None:
    crawl_id = new_crawl(engine, 6)
    settle(crawl_id, bundle(1), bundle(2), bundle(4), bundle(6))
    with engine.connect() as connection:
        assert titles_after(connection, crawl_id) == ([1, 2], 2, False)
        assert titles_after(connection, crawl_id, 2) == ([], 2, False)
    settle(crawl_id, PageFailure(3, "timeout"))
    with engine.connect() as connection:
        assert titles_after(connection, crawl_id, 2) == ([4], 4, False)


def test_failed_pages_are_passed_by(engine: Engine, new_crawl, bundle, settle) -> None:
    crawl_id = new_crawl(engine, 3)
    settle(crawl_id, PageFailure(1, "timeout"), bundle(2), PageFailure(3, "http_404"))
    with engine.connect() as connection:
        assert titles_after(connection, crawl_id) == ([2], 3, False)


def test_another_crawl_is_not_looked_at(engine: Engine, new_crawl, bundle, settle) -> None:
    first, second = new_crawl(engine, 2), new_crawl(engine, 2)
    settle(first, bundle(1))
    settle(second, bundle(1), bundle(2))
    with engine.connect() as connection:
        assert titles_after(connection, first) == ([1], 1, False)
        assert titles_after(connection, second) == ([1, 2], 2, False)


@pytest.mark.parametrize("count", [499, 500, 501, 1203])
def test_a_long_crawl_is_read_in_chunks(engine: Engine, new_crawl, bundle, settle, count: int) -> None:
    assert title_rows.READ_AHEAD == 500
    crawl_id = new_crawl(engine, count)
    settle(crawl_id, *(bundle(position) for position in range(1, count + 1)))
    read: list[int] = []
    sizes: list[int] = []
    more, position = True, 0
    with engine.connect() as connection:
        while more:
            pages, position, more = titles_after(connection, crawl_id, position)
            read += pages
            sizes.append(len(pages))
    assert read == list(range(1, count + 1))
    assert sizes == [500] * (count // 500) + [count % 500]


def test_at_the_end_pages_that_will_not_come_are_passed_over(engine: Engine, new_crawl, bundle, settle) -> None:
    crawl_id = new_crawl(engine, 4)
    settle(crawl_id, bundle(1), bundle(3))
    with engine.connect() as connection:
        found = settled_pages(connection, crawl_id, 0, Title, to_the_end=True)
    assert [item.page for item in found.items] == [1, 3]
    assert (found.position, found.more) == (4, False)

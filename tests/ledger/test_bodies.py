"""Kept answers: each stands or falls with its page, and is found by its URL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from ecomscraper.archive.packing import packed
from ecomscraper.ledger.body_rows import archive_size, kept_page
from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import write
from ecomscraper.ledger.ledger import Ledger, PageFailure, Postponement
from ecomscraper.ledger.resume import reopen_pages
from ecomscraper.ledger.tables import bodies, pages
from ecomscraper.pagination.page_ref import URL, PageRef

ANSWER = packed({b"Server": [b"demo"]}, b"<title>Page</title>" * 10)


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def settle(
    engine: Engine, limits: Callable[..., Any], on_loop: Callable[[Coroutine[Any, Any, Any]], Any]
) -> Callable[..., None]:
    """`settle(crawl_id, settlement, …)` hands them to a writer, and waits until they are committed."""

    async def all_of(crawl_id: int, settlements: tuple[Any, ...]) -> None:
        ledger = Ledger(engine, crawl_id, limits())
        for settlement in settlements:
            await ledger.settle(settlement)
        await asyncio.to_thread(ledger.close)

    return lambda crawl_id, *settlements: on_loop(all_of(crawl_id, settlements))


def positions(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(select(bodies.c.position).order_by(bodies.c.position)))


def test_an_answer_is_kept_with_its_page_whatever_became_of_it(
    engine: Engine, new_crawl: Any, settle: Any, bundle: Any
) -> None:
    crawl_id = new_crawl(engine, 5)
    failed = PageFailure(2, "no_title", http_status=200, final_url="http://shop.example/2", packed=ANSWER)
    timeout = PageFailure(3, "timeout")
    postponed = Postponement(4, bundle(4).fetched_at, "http_503", "busy", 1)
    settle(crawl_id, bundle(1, packed=ANSWER), failed, timeout, postponed)

    assert positions(engine) == [1, 2]
    with engine.connect() as connection:
        stored = kept_page(connection, crawl_id, "http://shop.example/page/1/", 1)
        assert stored is not None
        assert (stored.status, stored.http_status, stored.headers) == ("stored", 200, [["Server", "demo"]])
        assert stored.body == b"<title>Page</title>" * 10
        assert stored.fetched_at == bundle(1).fetched_at
        lost = kept_page(connection, crawl_id, "http://shop.example/page/3/", 3)
        assert lost is not None
        assert (lost.status, lost.reason, lost.body) == ("failed", "timeout", None)
        assert kept_page(connection, crawl_id, "http://shop.example/page/6/", 6) is None
        assert archive_size(connection, crawl_id) == (2, 2 * len(ANSWER.body))
        assert archive_size(connection, crawl_id + 1) == (0, 0)


def test_of_a_url_that_was_listed_twice_each_has_its_own_answer(engine: Engine, settle: Any, bundle: Any) -> None:
    url = "http://shop.example/"
    new = NewCrawl("shop", "ecommerce", {}, {}, [], [])
    with write(engine) as connection:
        crawl_id = begin_crawl(connection, new, [PageRef(number, number, url, URL) for number in (1, 2, 3)])
    answers = [packed({}, b"first"), packed({}, b"second")]
    settle(crawl_id, *(bundle(number, packed=answer) for number, answer in enumerate(answers, 1)))

    def body(position: int) -> bytes | None:
        with engine.connect() as connection:
            found = kept_page(connection, crawl_id, url, position)
        assert found is not None
        return found.body

    assert [body(1), body(2), body(3), body(99)] == [b"first", b"second", None, b"first"]


def test_a_page_that_is_opened_again_loses_its_answer_and_takes_another(
    engine: Engine, new_crawl: Any, settle: Any, bundle: Any
) -> None:
    crawl_id = new_crawl(engine, 3)
    busy = PageFailure(2, "http_503", http_status=503, packed=ANSWER)
    settle(crawl_id, bundle(1, packed=ANSWER), busy, PageFailure(3, "no_title", http_status=200, packed=ANSWER))
    with write(engine) as connection:
        assert reopen_pages(connection, crawl_id, retry_all=False) == 1
    assert positions(engine) == [1, 3]

    settle(crawl_id, bundle(2, packed=packed({}, b"better")))
    assert positions(engine) == [1, 2, 3]


def test_answers_go_with_their_pages(engine: Engine, new_crawl: Any, settle: Any, bundle: Any) -> None:
    crawl_id = new_crawl(engine, 2)
    settle(crawl_id, bundle(1, packed=ANSWER), bundle(2, packed=ANSWER))
    with write(engine) as connection:
        connection.execute(delete(pages).where(pages.c.crawl_id == crawl_id, pages.c.position == 1))
    assert positions(engine) == [2]

"""A page is pending until it is stored or failed; what it gave and what it revealed come with its status."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, select

from ecomscraper.exceptions import StorageError
from ecomscraper.ledger.ledger import INSERT_PAGES, Ledger, PageFailure, add_pages
from ecomscraper.ledger.tables import pages, titles
from ecomscraper.pagination.page_ref import PageRef


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


NOTHING = {
    "refusals": 0,
    "listing": None,
    "leased_by": None,
    "due_at": None,
    "reason": None,
    "detail": None,
    "same_as": None,
}


@pytest.fixture
def ledger(engine: Engine, limits, new_crawl) -> Iterator[Ledger]:
    """Of a crawl with pages 1 to 5."""
    opened = Ledger(engine, new_crawl(engine, 5), limits())
    yield opened
    opened.close()


def positions(connection: Connection) -> list[int]:
    return list(connection.scalars(select(titles.c.position).order_by(titles.c.position)))


def test_a_stored_page_has_its_answer_and_its_title(ledger: Ledger, engine: Engine, bundle, page_rows, on_loop) -> None:
    given = bundle(2, attempts=3, declared_total=188, last_page=12, cards=16, invalid=1)

    async def run() -> list[object]:
        await ledger.settle(given)
        return await ledger.read(lambda c: list(c.execute(select(titles)).mappings()))

    rows = on_loop(run())
    item = given.items[0]
    assert rows == [
        {
            "crawl_id": ledger.crawl_id,
            "position": 2,
            "page": 2,
            "title": "Page 2",
            "name": "Page 2",
            "site_title": "",
            "url": item.url,
            "final_url": item.final_url,
            "fetched_at": item.fetched_at,
        }
    ]
    assert page_rows(engine, ledger.crawl_id)[1]._asdict() == NOTHING | {
        "crawl_id": ledger.crawl_id,
        "position": 2,
        "page": 2,
        "url": given.url,
        "status": "stored",
        "attempts": 3,
        "http_status": 200,
        "final_url": given.final_url,
        "fetched_at": given.fetched_at,
        "size_bytes": 1000,
        "declared_total": 188,
        "last_page": 12,
        "cards": 16,
        "fingerprint": None,
        "kind": "listing",
        "items": 1,
        "invalid": 1,
    }


def test_a_failed_page_has_its_reason_and_no_title(ledger: Ledger, engine: Engine, page_rows, on_loop) -> None:
    async def run() -> list[int]:
        await ledger.settle(PageFailure(4, "http_404", "the shop answered 404", attempts=2, http_status=404))
        return await ledger.read(positions)

    assert on_loop(run()) == []
    row = page_rows(engine, ledger.crawl_id)[3]
    assert (row.status, row.reason, row.detail) == ("failed", "http_404", "the shop answered 404")
    assert (row.attempts, row.http_status, row.items, row.invalid) == (2, 404, 0, 0)


def test_settling_touches_no_other_page_and_no_other_crawl(
    ledger: Ledger, engine: Engine, bundle, new_crawl, page_rows, on_loop
) -> None:
    other = new_crawl(engine, 5)

    async def run() -> None:
        await ledger.settle(bundle(2))
        await ledger.settle(PageFailure(3, "timeout"))
        await ledger.read(positions)

    on_loop(run())
    statuses = [row.status for row in page_rows(engine, ledger.crawl_id)]
    assert statuses == ["pending", "stored", "failed", "pending", "pending"]
    assert {row.status for row in page_rows(engine, other)} == {"pending"}


def test_a_page_without_a_word_about_its_error_has_no_detail(
    ledger: Ledger, engine: Engine, page_rows, on_loop
) -> None:
    on_loop(ledger.settle(PageFailure(1, "timeout")))
    ledger.close()
    assert page_rows(engine, ledger.crawl_id)[0].detail is None


def test_new_pages_come_in_the_transaction_of_the_page_that_revealed_them(
    ledger: Ledger, engine: Engine, bundle, refs, page_rows, on_loop
) -> None:
    on_loop(ledger.settle(bundle(1, refs(6, 7, 8))))
    ledger.close()
    rows = page_rows(engine, ledger.crawl_id)
    assert [row.position for row in rows] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row.status for row in rows[5:]] == ["pending"] * 3
    assert [row.url for row in rows[5:]] == [ref.url for ref in refs(6, 7, 8)]


def test_a_page_whose_new_pages_cannot_be_written_is_not_stored(
    ledger: Ledger, engine: Engine, bundle, refs, page_rows, on_loop
) -> None:
    async def run() -> None:
        await ledger.settle(bundle(1, refs(6, 2)))  # page 2 is there already
        await ledger.write(positions)

    with pytest.raises(StorageError, match=r"UNIQUE constraint failed: pages|unique constraint \"pages_pkey\""):
        on_loop(run())
    assert isinstance(ledger.failed, StorageError)
    ledger.close()
    assert [(row.position, row.status) for row in page_rows(engine, ledger.crawl_id)] == [
        (position, "pending") for position in (1, 2, 3, 4, 5)
    ]
    with engine.connect() as connection:
        assert positions(connection) == []


def test_new_pages_are_asked_for_again_when_a_batch_is_tried_again(
    ledger: Ledger, engine: Engine, bundle, refs, page_rows, on_loop
) -> None:
    tries: list[int] = []

    def reveal() -> Iterator[PageRef]:
        tries.append(1)
        yield from refs(6)
        if len(tries) == 1:
            raise OSError("the list of URLs is out of reach")
        yield from refs(7)

    on_loop(ledger.settle(bundle(1, new_pages=reveal)))
    ledger.close()
    assert len(tries) == 2
    assert [row.position for row in page_rows(engine, ledger.crawl_id)] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("final", "same_as"),
    [(1, None), (3, 3), (9, None)],
    ids=["its own address", "another page", "no page of this crawl"],
)
def test_a_redirect_onto_another_page_is_noted(
    ledger: Ledger, engine: Engine, bundle, refs, page_rows, on_loop, final: int, same_as: int | None
) -> None:
    on_loop(ledger.settle(bundle(1, final_url=refs(final)[0].url)))
    ledger.close()
    row = page_rows(engine, ledger.crawl_id)[0]
    assert (row.status, row.same_as, row.final_url) == ("stored", same_as, refs(final)[0].url)


def test_a_url_listed_twice_is_the_same_as_its_first_place(
    engine: Engine, ledger: Ledger, bundle, page_rows, on_loop
) -> None:
    with engine.begin() as connection:
        url = "http://shop.example/page/2/"
        add_pages(connection, ledger.crawl_id, [PageRef(6, 6, url), PageRef(7, 7, "http://shop.example/old/")])
    on_loop(ledger.settle(bundle(6, url=url, final_url=url)))
    on_loop(ledger.settle(bundle(7, url="http://shop.example/old/", final_url=url)))
    ledger.close()
    rows = page_rows(engine, ledger.crawl_id)
    assert rows[5].same_as is None  # listed twice gives its row twice: nothing led it elsewhere
    assert rows[6].same_as == 2


def test_pending_pages_come_in_order_and_without_those_under_way(ledger: Ledger, bundle, on_loop) -> None:
    async def run() -> list[list[int]]:
        found = [await ledger.pending(10), await ledger.pending(2), await ledger.pending(2, apart_from={1, 3})]
        await ledger.settle(bundle(4))
        await ledger.settle(PageFailure(1, "timeout"))
        found.append(await ledger.pending(10))
        found.append(await ledger.pending(10, apart_from={2, 3, 5}))
        return [[page.position for page in pages_found] for pages_found in found]

    assert on_loop(run()) == [[1, 2, 3, 4, 5], [1, 2], [2, 4], [2, 3, 5], []]


def test_a_page_settled_while_pending_pages_are_read_is_not_among_them(ledger: Ledger, bundle, on_loop, gate) -> None:
    under_way = {1, 2}

    async def run() -> list[int]:
        blocked = asyncio.create_task(ledger.read(lambda c: gate.wait()))
        await gate.reached()
        reading = asyncio.create_task(ledger.pending(10, apart_from=under_way))
        await asyncio.sleep(0)  # it has asked, behind the blocked call
        await ledger.settle(bundle(1))
        under_way.discard(1)
        gate.open()
        await blocked
        return [page.position for page in await reading]

    assert on_loop(run()) == [3, 4, 5]


def test_what_was_settled_is_seen_by_every_later_read(ledger: Ledger, bundle, on_loop) -> None:
    async def run() -> list[list[int]]:
        seen = []
        for position in (5, 1, 3):
            await ledger.settle(bundle(position))
            seen.append(await ledger.read(positions))
        return seen

    assert on_loop(run()) == [[5], [1, 5], [1, 3, 5]]


def test_many_pages_are_added_in_chunks(engine: Engine, ledger: Ledger) -> None:
    count = INSERT_PAGES + 1
    with engine.begin() as connection:
        new = (PageRef(number, number, "http://shop.example/") for number in range(6, 6 + count))
        assert add_pages(connection, ledger.crawl_id, new) == count
        assert add_pages(connection, ledger.crawl_id, []) == 0
        assert connection.scalar(select(pages.c.position).order_by(pages.c.position.desc())) == 5 + count

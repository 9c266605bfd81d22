"""What the feed takes from memory is what it would read, whatever pages show, in whatever order they are settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from ecomscraper.items import Bundle, Product, Sighting
from ecomscraper.ledger import fresh_products, product_rows
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.ledger import Ledger, PageFailure, Settlement
from ecomscraper.ledger.results import settled_pages
from ecomscraper.ledger.tables import products

PAGES = 6
PRICES = (None, "3", "12.30", "0", "1E+3", "0.125", "1299.9999999999999999999", "-1", "-0", "NaN")
EXAMPLES = settings(
    max_examples=60,
    phases=[Phase.reuse, Phase.generate],  # shrinking a failed crawl takes a minute
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

amounts = st.sampled_from([price and Decimal(price) for price in PRICES])
fields: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["a\0b", "\\u0000", "Ämter 😀", 5]),
    "price": amounts,
    "regular_price": amounts,
    "currency": st.sampled_from(["EUR", "JPY"]),
    "rating": amounts,
    "review_count": st.sampled_from([0, 7, "7"]),
    "source": st.sampled_from([{"price": "card", "name": "card"}, {"price": 1}, {"price": True}, {1: "card"}]),
}
one_field = st.one_of(*(st.fixed_dictionaries({name: each}) for name, each in fields.items()))
values = st.one_of(st.just({}), st.fixed_dictionaries({}, optional={"price": amounts}), one_field)
VALID, INVALID, MOVED = "valid", "invalid", "moved"  # by a pipeline that gives it another address
cards = st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([*[VALID] * 6, INVALID, MOVED]))
listing = st.lists(st.tuples(cards, values), min_size=1, max_size=4)
batches = st.lists(st.integers(1, 3), min_size=PAGES, max_size=PAGES)
crawls = st.fixed_dictionaries({
    "shown": st.lists(listing, min_size=PAGES, max_size=PAGES),
    "order": st.permutations(range(1, PAGES + 1)),
    "failed": st.sets(st.integers(1, PAGES), max_size=2),
    "batches": batches,
    "to_the_end": st.booleans(),
})  # fmt: skip


@pytest.fixture
def sqlite_engine(sqlite_database: str) -> Iterator[Engine]:
    engine = open_database(sqlite_database)
    yield engine
    engine.dispose()


@pytest.fixture
def postgres_engine(postgres_database: str) -> Iterator[Engine]:
    engine = open_database(postgres_database)
    yield engine
    engine.dispose()


@pytest.fixture
def page(bundle: Any) -> Callable[..., Bundle]:
    """`page(3, [(("a", True), {…}), …])`: a listing page that shows these products, the valid ones with values."""

    def make(position: int, shown: Sequence[tuple[tuple[str, str], dict[str, Any]]]) -> Bundle:
        made: Bundle = bundle(position, items=[])
        made.fetched_at += timedelta(microseconds=position * 1234)
        for place, ((key, state), own) in enumerate(shown, 1):
            url = f"http://shop.example/{key}"
            made.sightings.append(Sighting(place, url))
            if state == MOVED:
                url = "http://shop.example/a"
            nothing: dict[str, Any] = dict.fromkeys(Product.__dataclass_fields__)
            common = {"page": position, "position": place, "name": "Mug", "url": url, "fetched_at": made.fetched_at}
            if state != INVALID:
                made.items.append(Product(**{**nothing, **common, "source": {}, "listings": [], **own}))
        return made

    return make


def check(engine: Engine, crawl_id: int, ledger: Ledger, page: Any, crawl: dict[str, Any]) -> None:
    """Two cursors go side by side after each commit: one with what is fresh, one without."""
    left: list[Settlement] = [
        PageFailure(position, "timeout")
        if position in crawl["failed"]
        else page(position, crawl["shown"][position - 1])
        for position in crawl["order"]
    ]
    at = 0
    for count in [*crawl["batches"], PAGES]:
        batch, left = left[:count], left[count:]
        if not batch:
            break
        with write(engine) as connection:
            ledger._apply(connection, batch)
        ledger.fresh.keep()
        to_the_end = crawl["to_the_end"] and not left
        with engine.connect() as connection:
            read = settled_pages(connection, crawl_id, at, Product, to_the_end=to_the_end)
            found = settled_pages(connection, crawl_id, at, Product, to_the_end=to_the_end, fresh=ledger.fresh)
        assert list(map(repr, found)) == list(map(repr, read))
        at = found.position
        ledger.fresh.forget_until(at)
    assert at == PAGES


@given(crawl=crawls)
@EXAMPLES
def test_sqlite_would_give_the_same(crawl: Any, sqlite_engine: Engine, new_crawl, limits, page) -> None:
    crawl_id = new_crawl(sqlite_engine, PAGES)
    check(sqlite_engine, crawl_id, Ledger(sqlite_engine, crawl_id, limits()), page, crawl)


@pytest.mark.slow
@given(crawl=crawls)
@EXAMPLES
def test_postgresql_would_give_the_same(crawl: Any, postgres_engine: Engine, new_crawl, limits, page) -> None:
    crawl_id = new_crawl(postgres_engine, PAGES)
    check(postgres_engine, crawl_id, Ledger(postgres_engine, crawl_id, limits()), page, crawl)


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


MUG, CUP, HAT = ((("mug", VALID), {"price": Decimal("12.30")}), (("cup", VALID), {}), (("hat", VALID), {}))


def test_what_was_just_written_is_not_read(
    engine: Engine, new_crawl, limits, page, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl_id = new_crawl(engine, 3)
    ledger = Ledger(engine, crawl_id, limits())
    with write(engine) as connection:
        ledger._apply(connection, [page(2, [CUP, HAT]), page(1, [MUG, CUP])])
    ledger.fresh.keep()
    monkeypatch.delattr(product_rows, "_shown")
    with engine.connect() as connection:
        found = settled_pages(connection, crawl_id, 0, Product, fresh=ledger.fresh)
    assert [(item.page, item.position, item.url[-3:]) for item in found.items] == [
        (1, 1, "mug"),
        (1, 2, "cup"),
        (2, 2, "hat"),
    ]
    assert str(found.items[0].price) == "12.30"
    assert (found.position, found.more) == (2, False)


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("at_once", [False, True])
def test_of_two_pages_that_give_a_product_the_first_counts(
    engine: Engine, new_crawl, limits, page, order: tuple[int, ...], at_once: bool
) -> None:
    crawl_id = new_crawl(engine, 2)
    ledger = Ledger(engine, crawl_id, limits())
    given = [page(position, [(MUG[0], {"name": f"From page {position}"})]) for position in order]
    for batch in [given] if at_once else [[each] for each in given]:
        with write(engine) as connection:
            ledger._apply(connection, batch)
    with engine.connect() as connection:
        (found,) = connection.execute(select(products))
        assert (found.name, found.source_position) == ("From page 1", 1)
        assert found.fetched_at.microsecond // 1000 == given[order.index(1)].fetched_at.microsecond // 1000


def test_what_is_not_committed_is_not_fresh(engine: Engine, new_crawl, limits, page) -> None:
    crawl_id = new_crawl(engine, 2)
    ledger = Ledger(engine, crawl_id, limits())
    with suppress(ZeroDivisionError), write(engine) as connection:
        ledger._apply(connection, [page(1, [MUG])])
        raise ZeroDivisionError
    with write(engine) as connection:
        ledger._apply(connection, [page(1, [HAT])])
    ledger.fresh.keep()
    with engine.connect() as connection:
        found = settled_pages(connection, crawl_id, 0, Product, fresh=ledger.fresh)
    assert [item.url for item in found.items] == ["http://shop.example/hat"]


def test_products_that_an_earlier_run_saw_are_not_shown_again(engine: Engine, new_crawl, limits, page) -> None:
    crawl_id = new_crawl(engine, 3)
    for position, shown in ((1, [MUG]), (2, [CUP, MUG, HAT])):
        ledger = Ledger(engine, crawl_id, limits())  # each time a new process
        with write(engine) as connection:
            ledger._apply(connection, [page(position, shown)])
        ledger.fresh.keep()
    with engine.connect() as connection:
        found = settled_pages(connection, crawl_id, 1, Product, fresh=ledger.fresh)
        whole = settled_pages(connection, crawl_id, 0, Product, fresh=ledger.fresh)
    assert [item.url[-3:] for item in found.items] == ["cup", "hat"]
    assert [item.url[-3:] for item in whole.items] == ["mug", "cup", "hat"]


def test_memory_is_bounded_while_a_page_is_pending(
    engine: Engine, new_crawl, limits, page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh_products, "MOST_SIGHTINGS", 5)
    crawl_id = new_crawl(engine, 8)
    ledger = Ledger(engine, crawl_id, limits())

    def settle(position: int) -> None:
        with write(engine) as connection:
            ledger._apply(connection, [page(position, [((f"{position}{each}", VALID), {}) for each in "ab"])])
        ledger.fresh.keep()

    for position in range(2, 9):
        settle(position)
    assert sorted(ledger.fresh._pages) == [2, 3]
    settle(1)
    assert sorted(ledger.fresh._pages) == [2, 3]
    with engine.connect() as connection:
        found = settled_pages(connection, crawl_id, 0, Product, fresh=ledger.fresh)
    ledger.fresh.forget_until(found.position)
    assert [item.url[-2:] for item in found.items] == [f"{page}{each}" for page in range(1, 9) for each in "ab"]
    assert (ledger.fresh._pages, ledger.fresh._count) == ({}, 0)

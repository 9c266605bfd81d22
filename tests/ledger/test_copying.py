"""A database copied into another one: every row, every type, and crawls that go on there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from ecomscraper.archive.packing import packed
from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger import copying
from ecomscraper.ledger.copying import copy_database
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.ledger import Ledger, PageFailure
from ecomscraper.ledger.tables import metadata, products, schema

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def opened() -> Iterator[Callable[[str], Engine]]:
    engines: list[Engine] = []

    def open_it(url: str) -> Engine:
        engines.append(open_database(url))
        return engines[-1]

    yield open_it
    for engine in engines:
        engine.dispose()


def contents(engine: Engine) -> dict[str, list[Any]]:
    tables = [table for table in metadata.sorted_tables if table is not schema]
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }


@pytest.fixture
def filled(engine: Engine, new_crawl, bundle, limits) -> Engine:
    """Two crawls in SQLite, with what a page gives and what a failed one does not."""
    for count in (40, 3):
        crawl_id = new_crawl(engine, count, arguments={"site": "shop", "title": "50 % “off”\n"})
        with write(engine) as connection:
            ledger = Ledger(engine, crawl_id, limits())
            answer = packed({b"Server": [b"\xff"]}, bytes(range(256)) * 3)
            failure = PageFailure(2, "bug", detail="half way\\", fetched_at=NOON, packed=answer)
            ledger._apply(connection, [bundle(1, packed=packed({}, b"")), failure])
            values = {"crawl_id": crawl_id, "key": "http://shop.example/1", "source_position": 1, "name": "Käse 🧀"}
            more = {"price": Decimal("12.5"), "source": {"price": "jsonld:offers"}, "fetched_at": NOON}
            connection.execute(insert(products).values(**values, **more))
    return engine


def test_everything_comes_there_and_back(
    filled: Engine, opened, postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_crawl
) -> None:
    monkeypatch.setattr(copying, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(copying, "DOCUMENTS_AT_ONCE", 3)
    there, back = opened(postgres_database), opened(f"sqlite:///{tmp_path / 'back.sqlite3'}")
    told: dict[str, int] = {}

    rows = copy_database(filled, there, told.__setitem__)
    assert copy_database(there, back) == rows == sum(told.values())

    before = contents(filled)
    assert {name: len(found) for name, found in before.items()} == told
    assert (told["pages"], told["bodies"]) == (43, 4)
    assert contents(there) == before
    assert contents(back) == before
    assert new_crawl(there, 1) == new_crawl(back, 1) == 3


def test_a_database_that_holds_something_is_refused_and_left_alone(filled: Engine, opened, postgres_database) -> None:
    there = opened(postgres_database)
    copy_database(filled, there)
    before = contents(there)
    with pytest.raises(ArgumentError, match="holds rows already; name an empty database"):
        copy_database(filled, there)
    assert contents(there) == before


def test_a_copy_that_is_broken_off_leaves_the_target_empty(filled: Engine, opened, postgres_database: str) -> None:
    there = opened(postgres_database)

    def stop(table: str, rows: int) -> None:
        if table == "titles":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(filled, there, stop)
    assert set(map(len, contents(there).values())) == {0}
    assert copy_database(filled, there) > 0

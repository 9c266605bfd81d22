"""A database of one crawl, what pages give, and other programs that are in its way."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, Row, make_url, select

from ecomscraper.items import Bundle, Title, no_pages
from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.tables import pages
from ecomscraper.ledger.writer import WriterLimits
from ecomscraper.pagination.page_ref import PageRef

NOON = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
LIMITS = WriterLimits(batch_pages=50, batch_seconds=0.01, buffer_pages=100, patience_seconds=20)


def page_ref(position: int) -> PageRef:
    return PageRef(position, position, f"http://shop.example/page/{position}/")


@pytest.fixture(scope="session")
def refs() -> Callable[..., list[PageRef]]:
    """`refs(1, 2, 5)`: pages of a shop at these positions."""
    return lambda *positions: [page_ref(position) for position in positions]


@pytest.fixture(scope="session")
def bundle() -> Callable[..., Bundle]:
    """`bundle(3)`: what the page at position 3 gave; its title is `Page 3`."""

    def make(position: int, reveals: Iterable[PageRef] = (), **changes: Any) -> Bundle:
        url = page_ref(position).url
        title = Title(position, f"Page {position}", f"Page {position}", "", url, url, NOON)
        values: dict[str, Any] = {
            "items": [title],
            "url": url,
            "final_url": url,
            "http_status": 200,
            "fetched_at": NOON,
            "size_bytes": 1000,
            "new_pages": (lambda: reveals) if reveals else no_pages,
        }
        return Bundle(position, **(values | changes))

    return make


@pytest.fixture(scope="session")
def limits() -> Callable[..., WriterLimits]:
    """`limits(batch_pages=3)`: limits of a writer, quick unless told otherwise."""

    def make(**changes: Any) -> WriterLimits:
        values = {name: getattr(LIMITS, name) for name in LIMITS.__slots__}
        return WriterLimits(**(values | changes))

    return make


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked database is told of soon, and tried again soon: seconds of waiting add nothing to a test."""
    monkeypatch.setattr("ecomscraper.ledger.database.BUSY_SECONDS", 0.05)
    monkeypatch.setattr("ecomscraper.ledger.writer.RETRY_SECONDS", 0.01)


@pytest.fixture
def sqlite_database(database_file: Path) -> str:
    return f"sqlite:///{database_file}"


@pytest.fixture
def engine(database: str, impatient: None) -> Iterator[Engine]:
    """An empty database."""
    opened = open_database(database)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def new_crawl() -> Callable[..., int]:
    """`new_crawl(engine, 12)` writes a crawl with pages 1 to 12; its id."""

    def make(engine: Engine, count: int, **changes: Any) -> int:
        values: dict[str, Any] = {
            "site": "shop",
            "spider": "ecommerce",
            "arguments": {"site": "shop"},
            "profile": {"name": "shop"},
            "outputs": ["titles.json"],
            "hosts": ["shop.example"],
        }
        with write(engine) as connection:
            return begin_crawl(connection, NewCrawl(**(values | changes)), map(page_ref, range(1, count + 1)))

    return make


@pytest.fixture(scope="session")
def page_rows() -> Callable[[Engine, int], list[Row[Any]]]:
    """`page_rows(engine, crawl_id)`: the pages of a crawl in order, with all columns."""

    def read(engine: Engine, crawl_id: int) -> list[Row[Any]]:
        with engine.connect() as connection:
            query = select(pages).where(pages.c.crawl_id == crawl_id).order_by(pages.c.position)
            return list(connection.execute(query))

    return read


@pytest.fixture
def locked(database: str) -> Callable[[], AbstractContextManager[Callable[[], None]]]:
    """`with locked() as unlock`: another program keeps everybody from writing until `unlock()` or the end."""

    @contextmanager
    def other_program() -> Iterator[Callable[[], None]]:
        other = _connection(database)
        if isinstance(other, sqlite3.Connection):
            other.execute("BEGIN IMMEDIATE")
        else:
            other.execute("BEGIN")
            for (table,) in other.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"):
                other.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")

        def unlock() -> None:
            with suppress(sqlite3.OperationalError):  # it is unlocked already
                other.execute("ROLLBACK")

        try:
            yield unlock
        finally:
            unlock()
            other.close()

    return other_program


def _connection(database: str) -> Any:
    """A connection as another program has it."""
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        return sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
    return psycopg.connect(database, autocommit=True)


class Gate:
    """Holds a thread that calls `wait` until `open`; a coroutine sees by `reached` that it is there."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._reached = threading.Event()

    def wait(self) -> None:
        self._reached.set()
        assert self._open.wait(30)

    def open(self) -> None:
        self._open.set()

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, 30)


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Where a thread waits for the test; open at the test's end in any case."""
    made = Gate()
    yield made
    made.open()

"""What is PostgreSQL's own: texts and numbers it does not take, answers that never come, one program at a time."""

from __future__ import annotations

import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import Engine, make_url, select, text
from sqlalchemy.exc import OperationalError

from ecomscraper.exceptions import ConfigurationError, StorageError
from ecomscraper.items import Answer
from ecomscraper.ledger import postgresql
from ecomscraper.ledger.database import open_database, write
from ecomscraper.ledger.ledger import Ledger, PageFailure, pending_pages
from ecomscraper.ledger.results import settled_pages
from ecomscraper.ledger.tables import metadata, pages, products
from ecomscraper.ledger.transaction import Transaction
from ecomscraper.pagination.page_ref import OWN_PAGES, PRODUCT, PageRef

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG = "http://shop.example/?q=" + "".join(f"{number * 7919 % 1_000_003:06}" for number in range(1300))  # 7,823 bytes


@pytest.fixture
def database(postgres_database: str) -> str:
    return postgres_database


# ---- opening ----


def test_many_programs_open_an_empty_database_at_once(database: str) -> None:
    failed: list[BaseException] = []

    def open_it() -> None:
        try:
            open_database(database).dispose()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_server_that_is_not_there_is_told_in_one_line_without_the_password() -> None:
    with pytest.raises(StorageError) as refused:
        open_database("postgres://me:secret@127.0.0.1:1/shop")
    said = str(refused.value)
    assert said.startswith("postgresql://me:***@127.0.0.1:1/shop: cannot be opened as a database: connection failed: ")
    assert "Connection refused" in said
    assert "\n" not in said
    assert "secret" not in said


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ecomscraper.ledger.postgresql")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigurationError) as refused:
        open_database("postgresql://me:secret@host/shop")
    why = "PostgreSQL needs psycopg: pip install 'ecomscraper[postgres]'"
    assert str(refused.value) == f"ECOM_DATABASE_URL = 'postgresql://***@host/shop': {why}"


def test_a_database_of_another_encoding_is_refused(postgres) -> None:
    url = make_url(postgres.new_database()).set(query={}, database="latin")
    with psycopg.connect(url.set(database="postgres").render_as_string(), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS latin")
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StorageError) as refused:
        open_database(url.render_as_string())
    assert str(refused.value).endswith(
        "/latin: its encoding is LATIN1, must be UTF8; make one with createdb --encoding=UTF8"
    )


def test_statistics_do_not_make_a_new_crawl_look_small(engine: Engine) -> None:
    """The rows of a crawl are in no statistics while it runs: what the server knows of others must not mislead it."""
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT relname FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid WHERE attname = 'crawl_id' "
                "AND relkind = 'r' AND relnamespace = current_schema()::regnamespace AND attstattarget = 0"
            )
        )
        assert set(found.scalars()) == {name for name, table in metadata.tables.items() if "crawl_id" in table.c}


# ---- what it does not take ----


def test_texts_and_numbers_that_it_has_no_place_for_do_not_stop_a_crawl(engine: Engine, new_crawl, limits) -> None:
    crawl_id = new_crawl(engine, 2)
    ledger = Ledger(engine, crawl_id, limits())
    with write(engine) as connection:
        ledger._apply(connection, [PageFailure(1, "bug", detail="half\0way", declared_total=10**12, last_page=10**10)])
        ledger._apply(connection, [PageFailure(2, "bug", detail="a \\u0000 that is text, and \0", cards=2**40)])
    with engine.connect() as connection:
        found = connection.execute(select(pages.c.detail, pages.c.declared_total, pages.c.last_page, pages.c.cards))
        assert sorted(tuple(row) for row in found) == [
            ("a \\u0000 that is text, and ", None, None, 2**40),
            ("halfway", 10**12, 10**10, None),
        ]


def test_a_url_longer_than_an_index_takes_is_a_page_like_any_other(
    engine: Engine, new_crawl, bundle, limits, page_rows
) -> None:
    crawl_id = new_crawl(engine, 1)
    ledger = Ledger(engine, crawl_id, limits())
    first, second, third = (OWN_PAGES + number for number in (5, 6, 7))
    urls = {first: LONG, second: LONG, third: f"{LONG}2"}
    own_pages = [PageRef(position, 1, url, PRODUCT) for position, url in urls.items()]
    with write(engine) as connection:
        ledger._apply(connection, [bundle(1, reveals=own_pages)])
        ledger._apply(connection, [bundle(first, reveals=own_pages, url=LONG, final_url=f"{LONG}2")])
    assert [(row.position, row.url == LONG, row.same_as) for row in page_rows(engine, crawl_id)] == [
        (1, False, None),
        (first, True, third),
        (third, False, None),
    ]
    with engine.connect() as connection:
        assert [page.position for page in pending_pages(connection, crawl_id, 10)] == [third]


BODIES = [{"b": 1, "a": [None, "x\0y", {"\0": "\\u0000"}]}, "a text", 12, 1.5, True, [], {}, None, 'ümlaut " \\ 🧀']


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_bodies_of_endpoints_come_back_as_they_were(engine: Engine, new_crawl, bundle, limits, body: object) -> None:
    crawl_id = new_crawl(engine, 1)
    url = "http://shop.example/page/1/"
    answer = Answer(1, "GET", url, url, 200, 0.25, 9, "application/json", body, "te\0xt", None, None, 1, NOON)
    with write(engine) as connection:
        Ledger(engine, crawl_id, limits())._apply(connection, [bundle(1, items=[answer])])
    with engine.connect() as connection:
        (found,) = settled_pages(connection, crawl_id, 0, Answer).items
    without_nul = json.loads(json.dumps(body).replace('"x\\u0000y"', '"xy"').replace('"\\u0000":', '"":'))
    assert json.dumps(found.json) == json.dumps(without_nul)  # the order of the names, too
    assert (found.text, found.seconds) == ("text", 0.25)


@pytest.mark.parametrize(
    ("written", "read"), [("5", "5.0"), ("5.00", "5.0"), ("4.50", "4.5"), ("12345678901234567.89", None), ("0", "0.0")]
)
def test_an_amount_is_written_as_sqlite_would(engine: Engine, new_crawl, written: str, read: str | None) -> None:
    crawl_id = new_crawl(engine, 1)
    row = {"crawl_id": crawl_id, "key": "k", "source_position": 1, "name": "n", "source": {}}
    with write(engine) as connection:
        connection.execute(text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
        connection.execute(products.insert().values(price=Decimal(written), fetched_at=text("now()"), **row))
        found, fetched_at = connection.execute(select(products.c.price, products.c.fetched_at)).one()
    assert str(found) == (read or written)
    assert fetched_at.utcoffset().total_seconds() == 0


# ---- answers that do not come ----


def test_a_server_that_says_nothing_is_given_up(own_postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "SILENCE_SECONDS", 0.3)
    engine = open_database(own_postgres.new_database())
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
        own_postgres.signal(signal.SIGSTOP)
        try:
            with pytest.raises(OperationalError, match=r"the server said nothing for 0\.3 s"):
                connection.scalar(text("SELECT 2"))
        finally:
            own_postgres.signal(signal.SIGCONT)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 3")) == 3
    engine.dispose()


@contextmanager
def answers_lost_after(word: bytes, database: str) -> Iterator[str]:
    """The same database behind a proxy, which hangs up when the server has answered what `word` is in."""
    url = make_url(database)
    listener = socket.create_server(("127.0.0.1", 0))
    broken, hung_up = threading.Event(), threading.Event()

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=forward, args=(client,)).start()

    def forward(client: socket.socket) -> None:
        with client, socket.create_connection((url.host, url.port)) as server:
            answers = threading.Thread(target=give_back, args=(server, client))
            answers.start()
            while sent := client.recv(65536):
                if word in sent and not broken.is_set():
                    broken.set()
                server.sendall(sent)
            server.shutdown(socket.SHUT_WR)
            answers.join()

    def give_back(server: socket.socket, client: socket.socket) -> None:
        cut = False
        while answered := server.recv(65536):
            if broken.is_set() and not hung_up.is_set():
                hung_up.set()
                cut = True
                client.shutdown(socket.SHUT_RDWR)
            if not cut:
                client.sendall(answered)

    threading.Thread(target=serve).start()
    try:
        yield url.set(port=listener.getsockname()[1]).render_as_string()
        assert hung_up.is_set()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_what_was_committed_without_an_answer_is_not_done_twice(database: str) -> None:
    with answers_lost_after(b"COMMIT", database) as behind_proxy:
        engine = postgresql.postgresql_engine(make_url(behind_proxy).set(drivername="postgresql+psycopg"))
        done: list[int] = []

        def create(connection) -> str:
            done.append(1)
            connection.execute(text("CREATE TABLE once (number integer)"))
            return "created"

        transaction = Transaction(engine, create)
        with pytest.raises(OperationalError):
            transaction.run()
        assert transaction.run() == "created"
        assert done == [1]
        engine.dispose()


def test_what_was_not_committed_is_done_again(engine: Engine) -> None:
    done: list[int] = []

    def note(connection) -> int:
        done.append(1)
        connection.execute(text("CREATE TABLE once (number integer)"))
        if len(done) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return len(done)

    transaction = Transaction(engine, note)
    with pytest.raises(OperationalError):
        transaction.run()
    assert transaction.run() == 2

"""PostgreSQL: connections that notice a server which is gone, and texts as it takes them.

Imported only where a URL names such a database: psycopg belongs to the extra `postgres`.
"""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.adapt import Dumper
from psycopg.postgres import types
from sqlalchemy import URL, Connection, Engine, Pool, create_engine, event, text

from ecomscraper.exceptions import StorageError
from ecomscraper.ledger import database

SILENCE_SECONDS = 40.0  # that a statement may take without a word from the server
CONNECTING: dict[str, Any] = {
    "connect_timeout": 4,  # seconds; libpq waits for ever
    "keepalives_idle": 10,  # seconds, then every 5 s, three times: a machine that is gone shows within half a minute …
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
    "client_encoding": "utf8",
    "fallback_application_name": "ecomscraper",
}
SESSION = (
    # … and to the server, too: the locks of a machine that is gone are given back.
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    # We read a little at a time, in an index's order, of tables that grow as we do so: what the server has learnt of
    # them is old, and a plan that reads or sorts them whole takes longer with each page.
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; "
    "SET enable_hashjoin = off; SET plan_cache_mode = force_custom_plan; "
    "SET jit = off"
)
OLDEST = (13,)  # that gives a transaction's number
SCHEMA_LOCK = 0x65636F6D  # of who makes or changes the tables

T = TypeVar("T")


def postgresql_engine(url: URL, poolclass: type[Pool] | None = None) -> Engine:
    """An engine whose connections end, with OperationalError, where the server is silent for too long."""
    engine = create_engine(url, poolclass=poolclass)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> _Connection:
        return _Connection.connect(*arguments, **CONNECTING | options)

    @event.listens_for(engine, "connect")
    def set_up(connection: _Connection, _record: object) -> None:
        connection.adapters.register_dumper(str, _TextDumper)
        connection.autocommit = True
        connection.execute(f"{SESSION}; SET lock_timeout = {round(1000 * database.BUSY_SECONDS)}")  # milliseconds
        connection.autocommit = False

    return engine


def prepare_transaction(connection: Connection, name: str) -> None:
    """Before the tables are looked at: one program at a time does so.

    Raises StorageError for a server that is too old, and for a database of another encoding.
    """
    version = connection.dialect.server_version_info or ()
    if version < OLDEST:
        raise StorageError(f"{name}: this is PostgreSQL {'.'.join(map(str, version))}; {OLDEST[0]} or newer is needed")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise StorageError(f"{name}: its encoding is {encoding}, must be UTF8; make one with createdb --encoding=UTF8")


class _Connection(psycopg.Connection[Any]):
    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        try:
            return super().wait(_heard(gen), *args, **options)
        except _SilentError:
            self.close()  # it cannot be used again: the answer may come still
            raise


class _SilentError(psycopg.OperationalError):
    pass


def _heard(gen: PQGen[T]) -> Generator[Any, Any, T]:
    """`gen`, which talks to the server, ended where nothing comes back for SILENCE_SECONDS."""
    last_heard = monotonic()
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                last_heard = monotonic()
            elif monotonic() - last_heard > SILENCE_SECONDS:
                raise _SilentError(f"the server said nothing for {SILENCE_SECONDS:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


class _TextDumper(Dumper):
    """Texts without the character NUL, which PostgreSQL knows no place for."""

    oid = types["text"].oid

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "").encode()

"""Opening the database: an engine whose connections are set up right, and a schema that fits this code."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError as UrlError
from sqlalchemy.exc import DBAPIError

from ecomscraper.exceptions import ConfigurationError, SchemaError, StorageError
from ecomscraper.ledger.tables import metadata, schema
from ecomscraper.ledger.upgrades import FIRST_VERSION, SCHEMA_VERSION, upgrade

_LOGIN = re.compile(r"//[^/]*@")  # in a URL that is wrong
BUSY_SECONDS = 5.0  # how long one statement waits for another program's lock; the writer tries again after it


def open_database(url: str) -> Engine:
    """An engine on the database at `url`, its tables made where it is empty, and led up where they are older.

    Raises ConfigurationError for a URL that names no database we know, SchemaError for a database of
    another version, StorageError where it cannot be opened or written.
    """
    parsed = parsed_url(url)
    engine = _engine(parsed, url)
    if parsed.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, parsed)
    try:
        with write(engine) as connection:
            if engine.dialect.name == "postgresql":
                _prepare_postgresql(connection, shown(parsed))
            _fit_schema(connection, shown(parsed))
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise StorageError(f"{shown(parsed)}: cannot be opened as a database: {cause(error)}") from error
    except BaseException:
        engine.dispose()
        raise
    return engine


def parsed_url(url: str) -> URL:
    """The URL with the driver that we use. Raises ConfigurationError for one that names no database we know."""
    try:
        parsed = make_url(url)
    except UrlError as error:
        raise _wrong_url(url, error) from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise _wrong_url(url, f"nothing here speaks {parsed.drivername}")
    return parsed


def write(engine: Engine) -> Any:
    """A transaction that holds the write lock from its first moment: `with write(engine) as connection`."""
    return engine.execution_options(ecom_write=True).begin()


def shown(url: URL) -> str:
    """The database's name for people: a path, or a URL without its password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def cause(error: BaseException) -> str:
    """The database's own words, without SQLAlchemy's statement dump around them."""
    own = getattr(error, "orig", None) or error
    without_its_statement = getattr(getattr(own, "diag", None), "message_primary", None)  # PostgreSQL's
    return " ".join(str(without_its_statement or own).split())


def _engine(parsed: URL, url: str) -> Engine:
    if parsed.get_backend_name() == "sqlite":
        return create_engine(parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    try:
        from ecomscraper.ledger.postgresql import postgresql_engine
    except ImportError as error:
        raise ConfigurationError(
            f"ECOM_DATABASE_URL = {_masked(url)!r}: PostgreSQL needs psycopg: pip install 'ecomscraper[postgres]'"
        ) from error
    return postgresql_engine(parsed)


def _prepare_postgresql(connection: Connection, name: str) -> None:
    from ecomscraper.ledger.postgresql import prepare_transaction

    prepare_transaction(connection, name)


def _wrong_url(url: str, why: object) -> ConfigurationError:
    return ConfigurationError(
        f"ECOM_DATABASE_URL = {_masked(url)!r}: {why}; write for example sqlite:////path/to/ecomscraper.sqlite3 "
        "or postgresql://user:password@host/database"
    )


def _masked(url: str) -> str:
    return _LOGIN.sub("//***@", url)


def _prepare_sqlite(engine: Engine, url: URL) -> None:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{url.database}: its folder cannot be made: {error.strerror}") from error

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, see below
        connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait for each other
        connection.execute("PRAGMA synchronous = NORMAL")  # whole after a kill; a power cut may cost the tail
        connection.execute("PRAGMA foreign_keys = ON")
        # 16 MB: with the 2 MB that it has by itself a batch is written before its commit, and again with it.
        connection.execute("PRAGMA cache_size = -16000")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another writer was faster.
        for_writing = connection.get_execution_options().get("ecom_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if for_writing else "BEGIN")


def _fit_schema(connection: Connection, name: str) -> None:
    tables = set(inspect(connection).get_table_names())
    if schema.name not in tables:
        if tables & set(metadata.tables):
            raise SchemaError(
                f"{name}: its tables were not made by ecomscraper, or by a version before its first "
                "release; move it away, or set ECOM_DATABASE_URL to another"
            )
        metadata.create_all(connection)
        connection.execute(insert(schema).values(version=SCHEMA_VERSION))
        return
    version = connection.scalar(select(schema.c.version))
    if version is not None and FIRST_VERSION <= version < SCHEMA_VERSION:
        upgrade(connection, version)
    elif version != SCHEMA_VERSION:
        advice = "upgrade ecomscraper" if (version or 0) > SCHEMA_VERSION else "move it away"
        raise SchemaError(
            f"{name}: its schema is version {version}, this ecomscraper needs {SCHEMA_VERSION}; "
            f"{advice}, or set ECOM_DATABASE_URL to another database"
        )

"""A database that is ours is opened; any other is refused in words that say what to do."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url, select, text, update

from ecomscraper.exceptions import ConfigurationError, SchemaError, StorageError
from ecomscraper.ledger.database import cause, open_database, shown, write
from ecomscraper.ledger.tables import crawls, schema
from ecomscraper.ledger.upgrades import FIRST_VERSION, SCHEMA_VERSION


def refusal(url: str, kind: type[Exception]) -> str:
    with pytest.raises(kind) as refused:
        open_database(url)
    return str(refused.value)


def test_a_fresh_file_gets_the_schema_and_its_folder(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'l.sqlite3'}")
    with engine.connect() as connection:
        assert connection.scalars(select(schema.c.version)).all() == [SCHEMA_VERSION]
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -16000
    engine.dispose()


def test_a_reopened_file_keeps_what_it_holds(engine: Engine, database_file: Path, new_crawl) -> None:
    crawl_id = new_crawl(engine, 2)
    engine.dispose()
    again = open_database(f"sqlite:///{database_file}")
    with again.connect() as connection:
        assert connection.scalars(select(crawls.c.id)).all() == [crawl_id]
        assert connection.scalars(select(schema.c.version)).all() == [SCHEMA_VERSION]
    again.dispose()


@pytest.mark.parametrize(
    ("version", "advice"), [(FIRST_VERSION - 1, "move it away"), (SCHEMA_VERSION + 1, "upgrade ecomscraper")]
)
def test_another_version_is_refused_with_both_numbers_and_advice(
    engine: Engine, database_file: Path, version: int, advice: str
) -> None:
    with write(engine) as connection:
        connection.execute(update(schema).values(version=version))
    engine.dispose()
    assert refusal(f"sqlite:///{database_file}", SchemaError) == (
        f"{database_file}: its schema is version {version}, this ecomscraper needs {SCHEMA_VERSION}; "
        f"{advice}, or set ECOM_DATABASE_URL to another database"
    )


def test_a_schema_without_a_version_is_refused(engine: Engine, database_file: Path) -> None:
    with write(engine) as connection:
        connection.execute(schema.delete())
    engine.dispose()
    assert "version None" in refusal(f"sqlite:///{database_file}", SchemaError)


def test_tables_of_somebody_else_are_refused_and_left_alone(database_file: Path) -> None:
    foreign = sqlite3.connect(database_file)
    foreign.execute("CREATE TABLE pages (number INTEGER)")
    foreign.commit()
    said = refusal(f"sqlite:///{database_file}", SchemaError)
    assert said.startswith(f"{database_file}: its tables were not made by ecomscraper")
    assert "move it away, or set ECOM_DATABASE_URL to another" in said
    names = foreign.execute("SELECT name FROM sqlite_master").fetchall()
    foreign.close()
    assert names == [("pages",)]


def test_other_tables_do_not_disturb(database_file: Path) -> None:
    foreign = sqlite3.connect(database_file)
    foreign.execute("CREATE TABLE invoices (number INTEGER)")
    foreign.commit()
    foreign.close()
    engine = open_database(f"sqlite:///{database_file}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM invoices")) == 0
        assert connection.scalar(select(schema.c.version)) == SCHEMA_VERSION
    engine.dispose()


def test_a_file_that_is_no_database_is_refused(database_file: Path) -> None:
    database_file.write_text("Dear diary, " * 1000)
    said = refusal(f"sqlite:///{database_file}", StorageError)
    assert said == f"{database_file}: cannot be opened as a database: file is not a database"
    assert database_file.read_text().startswith("Dear diary")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = refusal(f"sqlite:///{tmp_path / 'file' / 'l.sqlite3'}", StorageError)
    assert said == f"{tmp_path / 'file' / 'l.sqlite3'}: its folder cannot be made: File exists"


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    said = refusal(f"sqlite:///{tmp_path}", StorageError)
    assert said == f"{tmp_path}: cannot be opened as a database: unable to open database file"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unwritable for root")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        said = refusal(f"sqlite:///{tmp_path / 'l.sqlite3'}", StorageError)
    finally:
        tmp_path.chmod(0o700)
    assert said.endswith("cannot be opened as a database: unable to open database file")


def test_a_file_on_a_read_only_system_is_refused() -> None:
    said = refusal("sqlite:////proc/ecomscraper.sqlite3", StorageError)
    assert said == "/proc/ecomscraper.sqlite3: cannot be opened as a database: unable to open database file"


@pytest.mark.parametrize("url", ["ecomscraper.sqlite3", "nosuchdatabase://here/it", "sqlite+nosuchdriver:///x", ""])
def test_a_url_that_names_no_database_is_a_matter_of_configuration(url: str) -> None:
    said = refusal(url, ConfigurationError)
    assert said.startswith(f"ECOM_DATABASE_URL = {url!r}: ")
    assert said.endswith(
        "write for example sqlite:////path/to/ecomscraper.sqlite3 or postgresql://user:password@host/database"
    )


def test_a_locked_database_is_not_opened(engine: Engine, database_file: Path, locked) -> None:
    with locked():
        said = refusal(f"sqlite:///{database_file}", StorageError)
    assert said == f"{database_file}: cannot be opened as a database: database is locked"


def test_a_transaction_that_writes_holds_the_lock_from_its_start(engine: Engine, database_file: Path) -> None:
    other = sqlite3.connect(database_file, timeout=0)
    with write(engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    with engine.begin():  # one that reads does not
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_password_is_not_shown() -> None:
    assert shown(make_url("postgresql://me:secret@host/shop")) == "postgresql://me:***@host/shop"
    assert shown(make_url("sqlite:////data/l.sqlite3")) == "/data/l.sqlite3"
    assert shown(make_url("sqlite://")) == ":memory:"


def test_the_cause_is_the_databases_own_words(engine: Engine) -> None:
    with pytest.raises(Exception, match="nowhere") as raised, engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM nowhere"))
    assert cause(raised.value) == "no such table: nowhere"
    assert cause(OSError("disk on fire")) == "disk on fire"

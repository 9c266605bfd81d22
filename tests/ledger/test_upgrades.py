"""A database that an earlier version made, with a crawl of two pages in it, becomes one of this version."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from ecomscraper.ledger.database import open_database
from ecomscraper.ledger.tables import schema
from ecomscraper.ledger.upgrades import FIRST_VERSION, SCHEMA_VERSION

DUMPS = {int(path.stem): path for path in (Path(__file__).parent / "schemas").glob("*.sql")}


def test_every_earlier_version_is_kept_as_a_dump() -> None:
    assert set(range(FIRST_VERSION, SCHEMA_VERSION)) <= set(DUMPS)


@pytest.mark.parametrize("version", DUMPS)
def test_an_earlier_database_becomes_one_of_today_with_what_it_held(version: int, tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    connection = sqlite3.connect(old)
    connection.executescript(DUMPS[version].read_text(encoding="utf-8"))
    before = rows(connection)
    connection.close()
    for file in (old, new):
        engine = open_database(f"sqlite:///{file}")
        with engine.connect() as opened:
            assert opened.scalars(select(schema.c.version)).all() == [SCHEMA_VERSION]
        engine.dispose()
    upgraded, fresh = sqlite3.connect(old), sqlite3.connect(new)
    assert shape(upgraded) == shape(fresh)
    after = rows(upgraded)
    assert {name: after[name] for name in before} == before
    assert before["pages"] == 2
    upgraded.close()
    fresh.close()


@pytest.mark.parametrize("version", DUMPS)
def test_an_earlier_database_in_postgresql_becomes_one_of_today(
    version: int, postgres_database: str, new_crawl: Any
) -> None:
    """What a later version brought is taken away again, which leaves the earlier one."""
    engine = open_database(postgres_database)
    new_crawl(engine, 2)
    fresh, old = columns(engine), sqlite3.connect(":memory:")
    old.executescript(DUMPS[version].read_text(encoding="utf-8"))
    with engine.begin() as connection:
        for name, table in fresh.items():
            had = {column[1] for column in old.execute(f"PRAGMA table_info({name})")}
            if not had:
                connection.execute(text(f"DROP TABLE {name} CASCADE"))
            for column in set(table) - had if had else ():
                connection.execute(text(f"ALTER TABLE {name} DROP COLUMN {column}"))
        connection.execute(update(schema).values(version=version))
    engine.dispose()
    old.close()

    again = open_database(postgres_database)
    assert columns(again) == fresh
    with again.connect() as connection:
        assert connection.scalars(select(schema.c.version)).all() == [SCHEMA_VERSION]
        assert connection.scalar(text("SELECT count(*) FROM pages")) == 2
    again.dispose()


def columns(engine: Engine) -> dict[str, dict[str, str]]:
    """By table of PostgreSQL: each column's type."""
    columns_of_ours = "information_schema.columns WHERE table_schema = current_schema()"
    query = f"SELECT table_name, column_name, data_type FROM {columns_of_ours}"
    found: dict[str, dict[str, str]] = {}
    with engine.connect() as connection:
        for table, column, kind in connection.execute(text(query)):
            found.setdefault(table, {})[column] = kind
    return found


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """How many rows each of our tables has."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    count = "SELECT count(*) FROM "
    return {name: connection.execute(count + name).fetchone()[0] for name in names if not name.startswith("sqlite_")}


def shape(connection: sqlite3.Connection) -> dict[str, Any]:
    """Each table's columns, by name, and each index's words."""
    found: dict[str, Any] = {}
    for name, kind, sql in connection.execute("SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        if kind == "table":
            columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
            found[name] = sorted(column[1:4] for column in columns)
        else:
            found[name] = re.sub(r"\s+", " ", sql)
    return found

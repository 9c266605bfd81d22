"""Many rows, or many values, in one statement. PostgreSQL takes rows as one JSON text: a statement for each costs
a server more than the row does. SQLite takes rows column by column past SQLAlchemy, which would put each value of each
row in its place by itself: 0.3 of 0.9 ms for a page of products.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    Text,
    TextClause,
    func,
    insert,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from ecomscraper.ledger.column_types import digest
from ecomscraper.ledger.few_texts import once_for_texts

Row = Mapping[str, Any]
Values = tuple[Any, ...]  # of a row, in the order of some names
NUL = "\\u0000"  # in JSON: the character that PostgreSQL has no place for
MOST_PARAMETERS = 10_000  # of one statement: SQLite takes 32,000, a batch of large pages has 100,000 keys


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write new `rows`, each with the same columns; the others get their defaults."""
    if rows:
        names = tuple(rows[0])
        insert_values(connection, table, names, [tuple(map(row.__getitem__, names)) for row in rows])


def insert_values(
    connection: Connection, table: Table, names: tuple[str, ...], values: Sequence[Values], *, least: str | None = None
) -> Sequence[Values]:
    """Write new rows that have these `values` in the columns `names`; the values that the database has now.

    Of a row and one that is there with its primary key the one stays that has the `least` in that column; without
    such a column that is an error.
    """
    if not values:
        return values
    if connection.dialect.name != "postgresql":
        taken = _as_taken(table, names, values, connection.dialect)
        connection.exec_driver_sql(_sqlite_insertion(table, names, least), taken)
        return values
    if has_bytes(table):  # JSON would double those
        connection.execute(insert(table), _rows(names, values))
        return values
    written = _dumped(_rows(names, values))
    if NUL in written:
        values = [tuple(_without_nul(each)) for each in values]
        written = _dumped(_rows(names, values))
    connection.execute(_insertion(table, names, least), {"rows": written})
    return values


def has_bytes(table: Table) -> bool:
    """Whether its rows hold whole documents: few at a time are many bytes."""
    return any(isinstance(column.type, LargeBinary) for column in table.c)


def update_rows(connection: Connection, table: Table, rows: Sequence[Row], *, added: Collection[str] = ()) -> None:
    """Change those rows that have the primary keys of `rows`; all of these have the same columns.

    What they have in the columns `added` is added to what is there.
    """
    if not rows:
        return
    keys = tuple(column.name for column in table.primary_key)
    values = tuple(name for name in rows[0] if name not in keys)
    if connection.dialect.name == "postgresql":
        connection.execute(_change(table.name, keys, values, frozenset(added)), {"rows": _as_json(rows)})
        return
    order = (*values, *keys)
    taken = _as_taken(table, order, [tuple(map(row.__getitem__, order)) for row in rows], connection.dialect)
    connection.exec_driver_sql(_sqlite_change(table.name, keys, values, frozenset(added)), taken)


def rows_with(
    connection: Connection, columns: Sequence[Column[Any]], column: Any, values: Sequence[str], *others: Any
) -> Iterator[Any]:
    """`columns` of the rows that have one of `values` in `column`, and for which the `others` hold.

    Of several rows with one value SQLite gives all, PostgreSQL the first. It looks for each value by itself: left
    to choose, it may read all rows of a crawl instead.
    """
    for first in range(0, len(values), MOST_PARAMETERS):
        some = values[first : first + MOST_PARAMETERS]
        if connection.dialect.name == "postgresql":
            given = func.unnest(literal(list(some), ARRAY(Text))).table_valued("value", name="given").render_derived()
            wanted = digest(given.c.value) if isinstance(column, digest) else given.c.value
            found = select(*columns).where(column == wanted, *others).limit(1).lateral()
            yield from connection.execute(select(found).select_from(given.join(found, true())))
        else:
            yield from connection.execute(select(*columns).where(column.in_(some), *others))


def _as_taken(table: Table, names: tuple[str, ...], values: Sequence[Values], dialect: Dialect) -> Sequence[Values]:
    """The values as SQLite's driver takes them, column by column."""
    processors = _processors(table, names, dialect)
    if not any(processors):
        return values
    columns = [
        column if process is None else map(process, column)
        for process, column in zip(processors, zip(*values, strict=True), strict=True)
    ]
    return list(zip(*columns, strict=True))


@lru_cache
def _processors(table: Table, names: tuple[str, ...], dialect: Dialect) -> list[Callable[[Any], Any] | None]:
    """What makes of each column's values what the driver takes."""
    return [_processor(table.c[name].type, dialect) for name in names]


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, TypeDecorator):
        own: Any = type(kind)
        return _remembering(own, dialect)
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return once_for_texts(process) if process is not None and isinstance(kind, JSON) else process


@lru_cache
def _remembering(kind: Any, dialect: Dialect) -> Callable[[Any], Any]:
    """The processor of a type of ours: a page has one time, and few different amounts: 1.5 of 4 µs for a product."""
    process = kind().dialect_impl(dialect).bind_processor(dialect)
    assert process is not None
    return lru_cache(maxsize=4096)(process)


@lru_cache
def _sqlite_insertion(table: Table, names: tuple[str, ...], least: str | None) -> str:
    places = ", ".join("?" for _ in names)
    return f"INSERT INTO {table.name} ({_listed(names)}) VALUES ({places}){_unless_less(table, names, least)}"  # noqa: S608


@lru_cache
def _sqlite_change(table: str, keys: tuple[str, ...], values: tuple[str, ...], added: frozenset[str]) -> str:
    changes = ", ".join(f'"{name}" = "{name}" + ?' if name in added else f'"{name}" = ?' for name in values)
    same = " AND ".join(f'"{name}" = ?' for name in keys)
    return f"UPDATE {table} SET {changes} WHERE {same}"  # noqa: S608


@lru_cache
def _insertion(table: Table, names: tuple[str, ...], least: str | None) -> TextClause:
    columns, given = _listed(names), _records(table.name)
    conflict = _unless_less(table, names, least)
    return text(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {given} AS given{conflict}")  # noqa: S608


def _unless_less(table: Table, names: tuple[str, ...], least: str | None) -> str:
    if least is None:
        return ""
    keys = tuple(column.name for column in table.primary_key)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    return f' ON CONFLICT ({_listed(keys)}) DO UPDATE SET {changes} WHERE excluded."{least}" < {table.name}."{least}"'


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@lru_cache
def _change(table: str, keys: tuple[str, ...], values: tuple[str, ...], added: frozenset[str]) -> TextClause:
    before = {name: f'{table}."{name}" + ' for name in added}
    changes = ", ".join(f'"{name}" = {before.get(name, "")}given."{name}"' for name in values)
    same = " AND ".join(f'{table}."{name}" = given."{name}"' for name in keys)
    return text(f"UPDATE {table} SET {changes} FROM {_records(table)} AS given WHERE {same}")  # noqa: S608


def _records(table: str) -> str:
    return f"json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json))"


def _rows(names: tuple[str, ...], values: Iterable[Values]) -> list[Row]:
    return [dict(zip(names, each, strict=True)) for each in values]


def _as_json(rows: Sequence[Row]) -> str:
    written = _dumped(rows)
    return _dumped(_without_nul(rows)) if NUL in written else written


def _dumped(rows: Sequence[Row]) -> str:
    return json.dumps(rows, default=str, ensure_ascii=False)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list | tuple) else value

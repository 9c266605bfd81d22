"""Many rows, or many values, in one statement. PostgreSQL takes rows as one JSON text: a statement for each costs
a server more than the row does. SQLite takes new rows column by column past SQLAlchemy, which would put each value of
each row in its place by itself: 0.2 of 0.7 ms for a page of products.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    Connection,
    Dialect,
    LargeBinary,
    Table,
    Text,
    TextClause,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    true,
    update,
)

from ecomscraper.ledger.column_types import digest

Row = Mapping[str, Any]
MOST_PARAMETERS = 10_000  # of one statement: SQLite takes 32,000, a batch of large pages has 100,000 keys


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write new `rows`, each with the same columns; the others get their defaults."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        if has_bytes(table):  # JSON would double those
            connection.execute(insert(table), rows)
        else:
            connection.execute(_insertion(table.name, tuple(rows[0])), {"rows": _as_json(rows)})
        return
    names = tuple(rows[0])
    statement, processors = _sqlite_insertion(table, names, connection.dialect)
    columns = [
        [row[name] for row in rows] if process is None else [process(row[name]) for row in rows]
        for name, process in zip(names, processors, strict=True)
    ]
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


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
    statement = (
        update(table)
        .where(and_(*(table.c[name] == bindparam(f"b_{name}") for name in keys)))
        .values(
            {
                name: table.c[name] + bindparam(f"b_{name}") if name in added else bindparam(f"b_{name}")
                for name in values
            }
        )
    )
    connection.execute(statement, [{f"b_{name}": value for name, value in row.items()} for row in rows])


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


@lru_cache
def _sqlite_insertion(
    table: Table, names: tuple[str, ...], dialect: Dialect
) -> tuple[str, Sequence[Callable[[Any], Any] | None]]:
    """The statement, and what makes of each column's values what the driver takes."""
    columns = ", ".join(f'"{name}"' for name in names)
    places = ", ".join("?" for _ in names)
    processors = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    return f"INSERT INTO {table.name} ({columns}) VALUES ({places})", processors  # noqa: S608


@lru_cache
def _insertion(table: str, names: tuple[str, ...]) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    return text(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_records(table)} AS given")  # noqa: S608


@lru_cache
def _change(table: str, keys: tuple[str, ...], values: tuple[str, ...], added: frozenset[str]) -> TextClause:
    before = {name: f'{table}."{name}" + ' for name in added}
    changes = ", ".join(f'"{name}" = {before.get(name, "")}given."{name}"' for name in values)
    same = " AND ".join(f'{table}."{name}" = given."{name}"' for name in keys)
    return text(f"UPDATE {table} SET {changes} FROM {_records(table)} AS given WHERE {same}")  # noqa: S608


def _records(table: str) -> str:
    return f"json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json))"


def _as_json(rows: Sequence[Row]) -> str:
    written = json.dumps(rows, default=str, ensure_ascii=False)
    if "\\u0000" in written:  # the character that PostgreSQL has no place for
        written = json.dumps(_without_nul(rows), default=str, ensure_ascii=False)
    return written


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {_without_nul(name): _without_nul(each) for name, each in value.items()}
    return [_without_nul(each) for each in value] if isinstance(value, list | tuple) else value

"""All of a database into another one, of the same kind or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, select, text

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.crawls import running_crawls
from ecomscraper.ledger.database import shown, write
from ecomscraper.ledger.many_rows import has_bytes, insert_rows
from ecomscraper.ledger.tables import metadata, schema

ROWS_AT_ONCE = 5_000
DOCUMENTS_AT_ONCE = 50  # each up to DOWNLOAD_MAXSIZE, where it could not be packed


def copy_database(source: Engine, target: Engine, tell: Callable[[str, int], None] = lambda table, rows: None) -> int:
    """Copy every row at flat memory, in one transaction of the target; how many there were.

    `tell` is called with each table and its rows. Raises ArgumentError where the target holds something already.
    """
    tables = [table for table in metadata.sorted_tables if table is not schema]
    total = 0
    with source.connect() as reading, write(target) as writing:
        if reading.dialect.name == "postgresql":
            reading.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # all of one moment
        for table in tables:
            if writing.scalar(select(func.count()).select_from(select(table).limit(1).subquery())):
                raise ArgumentError(f"{shown(target.url)} holds rows already; name an empty database")
        for table in tables:
            rows = _copy_table(reading, writing, table)
            tell(table.name, rows)
            total += rows
    return total


def hosts_in_use(source: Engine) -> set[str]:
    """The hosts of crawls that say they run."""
    with source.connect() as connection:
        return {host for row in running_crawls(connection) for host in row.hosts}


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    at_once = DOCUMENTS_AT_ONCE if has_bytes(table) else ROWS_AT_ONCE
    found = reading.execution_options(yield_per=at_once).execute(select(table))
    rows = (dict(row) for row in found.mappings())
    total = 0
    for portion in _portions(rows, at_once):
        insert_rows(writing, table, portion)
        total += len(portion)
    number = table.autoincrement_column
    if number is not None and total and writing.dialect.name == "postgresql":
        last = select(func.max(number)).scalar_subquery()
        writing.execute(select(func.setval(func.pg_get_serial_sequence(table.name, number.name), last)))
    return total


def _portions(rows: Iterator[dict[str, Any]], at_once: int) -> Iterator[Sequence[dict[str, Any]]]:
    while portion := list(islice(rows, at_once)):
        yield portion

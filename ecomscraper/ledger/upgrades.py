"""The way up from each earlier version of the schema: one step a version, in order; the data stays."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text, update

from ecomscraper.ledger.tables import answers, schema

Step = Callable[[Connection], object]


def _number_listings(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE pages ADD COLUMN listing BIGINT"))


def _count_refusals(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE pages ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0"))


STEPS: tuple[Step, ...] = (_number_listings, answers.create, _count_refusals)
"""The first one leads from version 1 to version 2. A step that adds a table is that table's `create`; one that
changes a table says in SQL what it does, for the table's definition is always the newest."""

FIRST_VERSION = 1
SCHEMA_VERSION = FIRST_VERSION + len(STEPS)


def upgrade(connection: Connection, version: int) -> None:
    """Lead a database of an earlier `version` up to this one, in the transaction of `connection`."""
    for step in STEPS[version - FIRST_VERSION :]:
        step(connection)
    connection.execute(update(schema).values(version=SCHEMA_VERSION))

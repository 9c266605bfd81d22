"""The way up from each earlier version of the schema: one step a version, in order; the data stays."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text, update

from ecomscraper.ledger.tables import answers, bodies, pages, schema, throttle_memory, throttle_samples, workers

Step = Callable[[Connection], object]


def _second(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE pages ADD COLUMN listing BIGINT"))
    connection.execute(text("ALTER TABLE pages ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0"))
    schema.metadata.create_all(connection, [answers, throttle_memory, throttle_samples])


def _third(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE crawls ADD COLUMN shared BOOLEAN NOT NULL DEFAULT false"))
    connection.execute(text("ALTER TABLE pages ADD COLUMN leased_by INTEGER"))
    schema.metadata.create_all(connection, [workers])
    next(index for index in pages.indexes if index.name == "pages_leased").create(connection)
    connection.execute(text("ALTER TABLE crawls ADD COLUMN reparsed_from INTEGER"))
    bodies.create(connection)


STEPS: tuple[Step, ...] = (_second, _third)
"""The first one leads from version 1 to version 2. A step that adds a table is that table's `create`; one that
changes a table says in SQL what it does, for the table's definition is always the newest."""

FIRST_VERSION = 1
SCHEMA_VERSION = FIRST_VERSION + len(STEPS)


def upgrade(connection: Connection, version: int) -> None:
    """Lead a database of an earlier `version` up to this one, in the transaction of `connection`."""
    for step in STEPS[version - FIRST_VERSION :]:
        step(connection)
    connection.execute(update(schema).values(version=SCHEMA_VERSION))

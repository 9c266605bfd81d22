"""The items of a crawl: from bundles to rows, and back in the order of the pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, insert, select

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.tables import pages, titles

TABLES: dict[type, Table] = {Title: titles}  # one table a kind of item
READ_AHEAD = 500  # pages read from the database at once


def insert_items(connection: Connection, crawl_id: int, bundles: Iterable[Bundle]) -> None:
    """Write the items of `bundles`, one statement a table."""
    rows: dict[type, list[dict[str, Any]]] = {}
    for bundle in bundles:
        for item in bundle.items:
            row = {"crawl_id": crawl_id, "position": bundle.position, **asdict(item)}
            rows.setdefault(type(item), []).append(row)
    for kind, values in rows.items():
        connection.execute(insert(TABLES[kind]), values)


class SettledPages(NamedTuple):
    """What `settled_pages` found: the items, where to go on, and whether there may be more right now."""

    items: list[Any]
    position: int
    more: bool


def settled_pages(
    connection: Connection, crawl_id: int, after: int, kind: type, *, to_the_end: bool = False
) -> SettledPages:
    """The items of `kind` on the settled pages behind position `after`, up to the first pending one.

    `to_the_end`: pages that are pending still will not come any more, so they are passed over.
    """
    table = TABLES[kind]
    names = [field.name for field in fields(kind)]
    on_page = and_(table.c.crawl_id == pages.c.crawl_id, table.c.position == pages.c.position)
    query = (
        select(pages.c.position, pages.c.status, *(table.c[name] for name in names))
        .select_from(pages.outerjoin(table, on_page))
        .where(pages.c.crawl_id == crawl_id, pages.c.position > after)
        .order_by(pages.c.position)
        .limit(READ_AHEAD)
    )
    rows: Sequence[Any] = connection.execute(query).all()
    items: list[Any] = []
    for position, status, *values in rows:
        if status == "pending" and not to_the_end:
            return SettledPages(items, after, more=False)
        after = position
        if status == "stored":
            items.append(kind(*values))
    return SettledPages(items, after, more=len(rows) == READ_AHEAD)

"""The titles of a crawl: one row a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, and_, select

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.many_rows import insert_values
from ecomscraper.ledger.settled import SettledPages
from ecomscraper.ledger.tables import pages, titles
from ecomscraper.pagination.page_ref import MENU

NAMES = [field.name for field in fields(Title)]
_values = attrgetter(*NAMES)
READ_AHEAD = 500  # pages read from the database at once


def insert_titles(connection: Connection, crawl_id: int, bundles: Iterable[Bundle]) -> None:
    """Write the titles of `bundles`."""
    rows = [
        (crawl_id, bundle.position, *_values(item))
        for bundle in bundles
        for item in bundle.items
        if isinstance(item, Title)
    ]
    insert_values(connection, titles, ("crawl_id", "position", *NAMES), rows)


def settled_titles(connection: Connection, crawl_id: int, after: int, *, to_the_end: bool = False) -> SettledPages:
    """The titles of the settled pages behind position `after`, up to the first pending one.

    `to_the_end`: pages that are pending still will not come any more, so they are passed over.
    """
    on_page = and_(titles.c.crawl_id == pages.c.crawl_id, titles.c.position == pages.c.position)
    query = (
        select(pages.c.position, pages.c.status, *(titles.c[name] for name in NAMES))
        .select_from(pages.outerjoin(titles, on_page))
        .where(pages.c.crawl_id == crawl_id, pages.c.position > after, pages.c.kind != MENU)
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
            items.append(Title(*values))
    return SettledPages(items, after, more=len(rows) == READ_AHEAD)

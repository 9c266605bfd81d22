"""The items of a crawl: from bundles to rows, and back in the order of the pages. One table a kind of item."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection

from ecomscraper.items import Bundle, Product, Title
from ecomscraper.ledger.answer_rows import insert_answers, settled_answers
from ecomscraper.ledger.fresh_products import FreshProducts, Shown
from ecomscraper.ledger.product_rows import insert_products, settled_products
from ecomscraper.ledger.settled import SettledPages
from ecomscraper.ledger.title_rows import insert_titles, settled_titles


def insert_items(connection: Connection, crawl_id: int, bundles: Collection[Bundle]) -> dict[int, Shown]:
    """Write the items of `bundles`, and where products were seen; which products each of the pages shows."""
    insert_answers(connection, crawl_id, (item for bundle in bundles for item in bundle.items))
    insert_titles(connection, crawl_id, bundles)
    return insert_products(connection, crawl_id, bundles)


def settled_pages(
    connection: Connection,
    crawl_id: int,
    after: int,
    kind: type[Any],
    *,
    to_the_end: bool = False,
    fresh: FreshProducts | None = None,
) -> SettledPages:
    """The items of `kind` on the settled pages behind position `after`, up to the first pending one.

    `to_the_end`: pages that are pending still will not come any more, so they are passed over. `fresh`: what need
    not be read.
    """
    if kind is Product:
        return settled_products(connection, crawl_id, after, to_the_end=to_the_end, fresh=fresh)
    read = settled_titles if kind is Title else settled_answers
    return read(connection, crawl_id, after, to_the_end=to_the_end)

"""The items of a crawl: from bundles to rows, and back in the order of the pages. One table a kind of item."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection

from ecomscraper.items import Answer, Bundle, Product, Title
from ecomscraper.ledger.answer_rows import insert_answers, settled_answers
from ecomscraper.ledger.product_rows import insert_products, settled_products
from ecomscraper.ledger.settled import SettledPages
from ecomscraper.ledger.title_rows import insert_titles, settled_titles

_READERS: dict[type, Callable[..., SettledPages]] = {
    Title: settled_titles,
    Product: settled_products,
    Answer: settled_answers,
}


def insert_items(connection: Connection, crawl_id: int, bundles: Collection[Bundle]) -> None:
    """Write the items of `bundles`, and where products were seen."""
    insert_answers(connection, crawl_id, (item for bundle in bundles for item in bundle.items))
    insert_titles(connection, crawl_id, bundles)
    insert_products(connection, crawl_id, bundles)


def settled_pages(
    connection: Connection, crawl_id: int, after: int, kind: type[Any], *, to_the_end: bool = False
) -> SettledPages:
    """The items of `kind` on the settled pages behind position `after`, up to the first pending one.

    `to_the_end`: pages that are pending still will not come any more, so they are passed over.
    """
    return _READERS[kind](connection, crawl_id, after, to_the_end=to_the_end)

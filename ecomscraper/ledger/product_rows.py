"""The products of a crawl: one row each however many listings show it, and their order by what the listings show.

A product's values come from one page (its own one, or the listing page that shows it first); which listing pages
show it, and where, is kept apart, so that the order does not depend on which answer came first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, and_, insert, literal, select

from ecomscraper.items import Bundle, Product, Sighting
from ecomscraper.ledger.column_types import digest
from ecomscraper.ledger.fresh_products import IS_REPEATED, FreshProducts, Shown
from ecomscraper.ledger.many_rows import Values, insert_values
from ecomscraper.ledger.product_values import NAMES, OF_ITS_PAGE, product, values_of
from ecomscraper.ledger.settled import SettledPages
from ecomscraper.ledger.tables import is_pending, pages, products, sightings
from ecomscraper.pagination.page_ref import LISTING_ROOM, MENU, OWN_PAGES, PRODUCT

READ_AHEAD = 50  # listing pages read from the database at once


def insert_products(connection: Connection, crawl_id: int, bundles: Collection[Bundle]) -> dict[int, Shown]:
    """Write the products and sightings of `bundles`; of two pages that give one product the first in order counts.

    What each page shows that gives any.
    """
    seen = [(crawl_id, bundle.position, *sighting) for bundle in bundles for sighting in bundle.sightings]
    insert_values(connection, sightings, ("crawl_id", "position", *Sighting._fields), seen)
    for bundle in bundles:
        if bundle.carried:
            _carry(connection, crawl_id, bundle)
    rows: dict[str, Values] = {}
    for bundle in sorted(bundles, key=lambda bundle: bundle.position):
        for item in bundle.items:
            if isinstance(item, Product) and (key := item.key) not in rows:
                rows[key] = (crawl_id, key, bundle.position, *values_of(item))
    names = (*OF_ITS_PAGE, *NAMES)
    written = insert_values(connection, products, names, list(rows.values()), least="source_position")
    by_key = {row[1]: row for row in written}
    shown = {
        bundle.position: [(place, row) for place, key, _ in bundle.sightings if (row := by_key.get(key))]
        for bundle in bundles
    }
    return {position: values for position, values in shown.items() if values}


def unchanged_products(connection: Connection, earlier: int, cards: Mapping[str, str | None]) -> set[str]:
    """The products of the crawl `earlier` whose cards said what `cards` (by key) say now."""
    known = and_(products.c.crawl_id == earlier, products.c.key == sightings.c.key)
    query = (
        select(sightings.c.key, sightings.c.card)
        .join(products, known)
        .where(sightings.c.crawl_id == earlier, sightings.c.key.in_(cards))
    )
    return {key for key, card in connection.execute(query) if card is not None and card == cards[key]}


def _carry(connection: Connection, crawl_id: int, bundle: Bundle) -> None:
    """Take over what an earlier crawl knows of the products whose cards say the same as then."""
    already = products.alias()
    rows = select(
        literal(crawl_id), products.c.key, literal(bundle.position), *(products.c[name] for name in NAMES)
    ).where(
        products.c.crawl_id == bundle.carried_from,
        products.c.key.in_(bundle.carried),
        ~select(1).where(already.c.crawl_id == crawl_id, already.c.key == products.c.key).exists(),
    )
    connection.execute(insert(products).from_select([*OF_ITS_PAGE, *NAMES], rows))


def settled_products(
    connection: Connection,
    crawl_id: int,
    after: int,
    *,
    to_the_end: bool = False,
    fresh: FreshProducts | None = None,
) -> SettledPages:
    """The products first shown by the settled listing pages behind position `after`, in order.

    It stops at the first page that is pending, or that shows a product whose own page is; `to_the_end`: those will
    not come any more, so they are passed over. Of several listings none is given before all are read: any of them
    may show the first product again. What is in `fresh` is not read.
    """
    several = has_several_listings(connection, crawl_id)
    if several and after == 0 and not to_the_end and _is_listing_pending(connection, crawl_id):
        return SettledPages([], after, more=False)
    listing_pages = connection.execute(
        select(pages.c.position, pages.c.status, pages.c.page)
        .where(pages.c.crawl_id == crawl_id, pages.c.position > after, pages.c.kind.not_in((PRODUCT, MENU)))
        .order_by(pages.c.position)
        .limit(READ_AHEAD)
    ).all()
    more = len(listing_pages) == READ_AHEAD
    if not to_the_end:
        settled = list(takewhile(lambda page: page.status != "pending", listing_pages))
        more = more and len(settled) == len(listing_pages)
        listing_pages = settled
    if not listing_pages:
        return SettledPages([], after, more=False)
    last = listing_pages[-1].position
    if fresh is not None and not several:
        stored = [(position, page) for position, status, page in listing_pages if status == "stored"]
        if (found := fresh.first_shown(connection, crawl_id, after, stored)) is not None:
            return SettledPages(found, last, more=more)
    shown = _shown(connection, crawl_id, after, last)
    keys = [row.key for rows in shown.values() for row in rows]
    listings = _listings(connection, crawl_id, keys) if several else {}
    items: list[Any] = []
    for position, *_ in listing_pages:
        here = shown.get(position, [])
        if not to_the_end and any(row.own_status == "pending" for row in here):
            return SettledPages(items, after, more=False)
        items += [
            product(row.page, row.place, row[-len(NAMES) :], listings.get(row.key, ()))
            for row in here
            if row.name is not None
        ]
        after = position
    return SettledPages(items, after, more=more)


def _shown(connection: Connection, crawl_id: int, after: int, last: int) -> dict[int, list[Any]]:
    """By listing page behind `after`, up to `last`, the products that no earlier place shows.

    With the status of their own pages.
    """
    named, own = pages.alias(), pages.alias()
    # Two steps to a product's own page: SQLite takes the index on URLs only where it need not look beyond it.
    by_url = and_(
        named.c.crawl_id == crawl_id, digest(named.c.url) == digest(sightings.c.key), named.c.position > OWN_PAGES
    )
    query = (
        select(
            sightings.c.position.label("shown_on"),
            sightings.c.place,
            sightings.c.key,
            pages.c.page,
            own.c.status.label("own_status"),
            *(products.c[name] for name in NAMES),
        )
        .join(pages, and_(pages.c.crawl_id == crawl_id, pages.c.position == sightings.c.position))
        .outerjoin(products, and_(products.c.crawl_id == crawl_id, products.c.key == sightings.c.key))
        .outerjoin(named, by_url)
        .outerjoin(own, and_(own.c.crawl_id == crawl_id, own.c.position == named.c.position))
        .where(
            sightings.c.crawl_id == crawl_id, sightings.c.position > after, sightings.c.position <= last, ~IS_REPEATED
        )
        .order_by(sightings.c.position, sightings.c.place)
    )
    shown: dict[int, list[Any]] = {}
    for row in connection.execute(query):
        shown.setdefault(row.shown_on, []).append(row)
    return shown


def has_several_listings(connection: Connection, crawl_id: int) -> bool:
    """Whether the crawl reads a shop of several listings, and knows one of them."""
    behind_the_only_one = pages.c.position.between(LISTING_ROOM, OWN_PAGES)
    first = select(pages.c.listing).where(pages.c.crawl_id == crawl_id, behind_the_only_one)
    return connection.scalar(first.order_by(pages.c.position).limit(1)) is not None


def _is_listing_pending(connection: Connection, crawl_id: int) -> bool:
    pending = select(1).where(pages.c.crawl_id == crawl_id, is_pending, pages.c.position < OWN_PAGES)
    return connection.scalar(pending.limit(1)) is not None


def _listings(connection: Connection, crawl_id: int, keys: Collection[str]) -> dict[str, list[str]]:
    """By product the URLs of the listings that show it, in order."""
    page, first = pages.alias(), pages.alias()
    query = (
        select(sightings.c.key, page.c.listing, first.c.url)
        .join(page, and_(page.c.crawl_id == crawl_id, page.c.position == sightings.c.position))
        .join(first, and_(first.c.crawl_id == crawl_id, first.c.position == page.c.listing * LISTING_ROOM + 1))
        .where(sightings.c.crawl_id == crawl_id, sightings.c.key.in_(keys))
        .distinct()
        .order_by(sightings.c.key, page.c.listing)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.key, []).append(row.url)
    return found

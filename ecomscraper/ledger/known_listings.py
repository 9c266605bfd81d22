"""What the ledger of a resumed crawl has of its listings, so that each goes on where it was left."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from ecomscraper.ledger.product_rows import has_several_listings
from ecomscraper.ledger.tables import pages
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import Visit
from ecomscraper.pagination.following import KnownListing, KnownPages
from ecomscraper.pagination.page_ref import LISTING, LISTING_ROOM

_IS_STORED = pages.c.status == "stored"


def stored_pages(connection: Connection, crawl_id: int) -> int:
    """How many pages of any kind are stored."""
    return connection.scalar(select(func.count()).where(pages.c.crawl_id == crawl_id, _IS_STORED)) or 0


def known_listings(connection: Connection, crawl_id: int, most_followed: int) -> dict[int | None, KnownListing]:
    """Each listing by its number, which is None where the crawl has only one.

    The pages themselves are those of a listing only that is short enough to be followed page by page.
    """
    query = select(
        func.max(pages.c.listing),
        func.max(pages.c.page),
        func.max(pages.c.page).filter(_IS_STORED),
        func.max(pages.c.declared_total),
        func.max(pages.c.last_page),
        func.max(pages.c.cards),
    ).where(pages.c.crawl_id == crawl_id, pages.c.kind == LISTING)
    if has_several_listings(connection, crawl_id):  # to group a million pages of one would be to sort them
        query = query.group_by(pages.c.listing)
    known = {}
    for number, last, last_stored, total, last_page, cards in connection.execute(query).all():
        seen = _visits(connection, crawl_id, number, most_followed + 1)
        said = ListingPage("", total, last_page, cards)
        followed = seen if len(seen) <= most_followed else []
        start = start_of(connection, crawl_id, number)
        known[number] = KnownListing(start, KnownPages(last or 1, last_stored, said, followed))
    return known


def _visits(connection: Connection, crawl_id: int, listing: int | None, most: int) -> list[Visit]:
    """The first settled pages of a listing, at most so many, in order."""
    first = (listing or 0) * LISTING_ROOM
    of_listing = pages.c.listing.is_(None) if listing is None else pages.c.position < first + LISTING_ROOM
    query = (
        select(pages.c.page, pages.c.url, pages.c.final_url, pages.c.fingerprint, _IS_STORED.label("gave"))
        .where(
            pages.c.crawl_id == crawl_id,
            pages.c.position > first,
            of_listing,
            pages.c.kind == LISTING,
            pages.c.status != "pending",
        )
        .order_by(pages.c.position)
        .limit(most)
    )
    return [
        Visit(row.page, (row.url, row.final_url or row.url), row.fingerprint, row.gave)
        for row in connection.execute(query)
    ]


def start_of(connection: Connection, crawl_id: int, listing: int | None) -> str:
    """The URL of the page 1 of a listing of several."""
    if listing is None:
        return ""
    page_1 = (pages.c.crawl_id == crawl_id, pages.c.position == listing * LISTING_ROOM + 1)
    return str(connection.scalar(select(pages.c.url).where(*page_1)))

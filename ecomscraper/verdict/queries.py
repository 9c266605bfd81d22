"""The figures of a crawl, asked of the database: the only place where they are counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, case, cast, func, or_, select

from ecomscraper.ledger.column_types import digest
from ecomscraper.ledger.product_rows import has_several_listings
from ecomscraper.ledger.tables import is_failed, pages
from ecomscraper.ledger.tally import tally_of
from ecomscraper.pagination.endings import ENDINGS, INFERRED
from ecomscraper.pagination.page_ref import LISTING_ROOM, MENU, PRODUCT
from ecomscraper.verdict.facts import FailedPages, ListingFigures

_SHOWS_A_LISTING = pages.c.kind.not_in((PRODUCT, MENU))


class PageFigures(NamedTuple):
    stored: int
    pending: int
    failed: dict[str, FailedPages]
    endings: dict[str, FailedPages]
    items: int
    invalid: int
    declared_total: int | None
    smallest_total: int | None
    cards: int | None
    listings: tuple[ListingFigures, ...] = ()  # where the shop has several
    same_pages: int = 0  # stored ones that led onto another page of the crawl
    repeated_pages: int = 0  # stored ones that show the same products as another page of the listing
    listed_again: int = 0  # pages whose URL stands in the crawl before
    retried: int = 0  # tries that failed and were, or are to be, followed by another
    refused: int = 0  # tries that the shop refused


def page_figures(connection: Connection, crawl_id: int) -> PageFigures:
    """What the ledger of `crawl_id` adds up to."""
    of_crawl = pages.c.crawl_id == crawl_id
    tally = tally_of(connection, crawl_id)
    same_pages = connection.scalar(select(func.count(pages.c.same_as)).where(of_crawl, pages.c.status == "stored"))
    several = has_several_listings(connection, crawl_id)
    each_listing, repeated_pages = _listings(connection, crawl_id, several=several)
    return PageFigures(
        stored=tally.stored,
        pending=tally.pages - tally.stored - sum(tally.failed.values()),
        failed=failed_pages(connection, crawl_id),
        endings=endings(connection, crawl_id),
        items=tally.items,
        invalid=tally.invalid,
        declared_total=_sum(one.declared_total for one in each_listing),
        smallest_total=_sum(one.smallest_total for one in each_listing),
        cards=_sum(one.cards for one in each_listing),
        listings=tuple(each_listing) if several else (),
        same_pages=same_pages or 0,
        repeated_pages=repeated_pages,
        listed_again=_listed_again(connection, crawl_id),
        retried=tally.retried,
        refused=tally.refused,
    )


def _listed_again(connection: Connection, crawl_id: int) -> int:
    # Grouped in the order of the index on the URLs: a count of distinct ones would hold them all in memory.
    times = func.count().label("times")
    urls = (
        select(times)
        .where(pages.c.crawl_id == crawl_id, pages.c.kind != MENU)
        .group_by(digest(pages.c.url))
        .having(times > 1)
        .subquery()
    )
    return connection.scalar(select(func.coalesce(_total(urls.c.times - 1), 0))) or 0


def failed_pages(connection: Connection, crawl_id: int) -> dict[str, FailedPages]:
    """How many pages failed for each reason, with the first of each as an example."""
    return _by_reason(connection, crawl_id, is_failed & pages.c.reason.not_in(ENDINGS))


def endings(connection: Connection, crawl_id: int) -> dict[str, FailedPages]:
    """The rules by which listings ended, and the pages that they ended with, stored or not."""
    by_rule = pages.c.reason.in_(ENDINGS)
    found = _by_reason(connection, crawl_id, is_failed & by_rule)
    return found | _by_reason(connection, crawl_id, (pages.c.status == "stored") & by_rule)


def _listings(connection: Connection, crawl_id: int, *, several: bool) -> tuple[list[ListingFigures], int]:
    """(the figures of each listing, pages that show the same products as another one of their listing).

    What stands beside a product on its own page, and what the menu's page shows, is no part of a listing.
    """
    shown: dict[int | None, tuple[int | None, int]] = {
        number: (cards, repeated) for number, cards, repeated in connection.execute(_cards(crawl_id))
    }
    url = func.min(pages.c.url).filter(pages.c.position == pages.c.listing * LISTING_ROOM + 1)
    is_stored = pages.c.status == "stored"
    query = select(
        func.max(pages.c.listing),
        url,
        func.max(pages.c.declared_total).filter(is_stored),
        func.min(pages.c.declared_total).filter(is_stored),
        func.count().filter(pages.c.reason.in_(INFERRED)),
    ).where(pages.c.crawl_id == crawl_id, _SHOWS_A_LISTING)
    if several:  # to group a million pages of one would be to sort them
        query = query.group_by(pages.c.listing).order_by(pages.c.listing)
    figures = [
        ListingFigures(start or "", largest, smallest, shown.get(number, (None, 0))[0], inferred > 0)
        for number, start, largest, smallest, inferred in connection.execute(query)
    ]
    return figures, sum(repeated for _, repeated in shown.values())


def _cards(crawl_id: int) -> Any:
    """By listing the products that its stored pages show, and the pages that show the same as another one of it.

    A page that led onto another one shows its cards again, and so does one that shows the same as another: they
    count once. A page of another listing takes nothing from this one: it is what both have in common.
    """
    other = pages.alias()
    elsewhere = select(1).where(
        other.c.crawl_id == crawl_id, other.c.position == pages.c.same_as, other.c.listing != pages.c.listing
    )
    once = (
        select(pages.c.listing, func.max(pages.c.cards).label("cards"), func.count().label("times"))
        .where(
            pages.c.crawl_id == crawl_id,
            pages.c.status == "stored",
            or_(pages.c.same_as.is_(None), elsewhere.exists()),
            _SHOWS_A_LISTING,
        )
        .group_by(pages.c.listing, func.coalesce(pages.c.fingerprint, cast(pages.c.position, Text)))
        .subquery()
    )
    repeated = func.coalesce(_total(case((once.c.cards > 0, once.c.times - 1))), 0)
    return select(once.c.listing, _total(once.c.cards), repeated).group_by(once.c.listing)


def _sum(numbers: Iterable[int | None]) -> int | None:
    """None where none of them is known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _total(numbers: ColumnElement[int]) -> ColumnElement[int]:
    """A whole number: PostgreSQL adds up large ones to a decimal."""
    return cast(func.sum(numbers), BigInteger)


def _by_reason(connection: Connection, crawl_id: int, which: Any) -> dict[str, FailedPages]:
    of_crawl = (pages.c.crawl_id == crawl_id, which)
    groups = connection.execute(
        select(pages.c.reason, func.count(), func.min(pages.c.position)).where(*of_crawl).group_by(pages.c.reason)
    ).all()
    failed = {}
    for reason, count, position in groups:
        url, detail = connection.execute(
            select(pages.c.url, pages.c.detail).where(pages.c.crawl_id == crawl_id, pages.c.position == position)
        ).one()
        failed[reason] = FailedPages(count, url, detail)
    return failed

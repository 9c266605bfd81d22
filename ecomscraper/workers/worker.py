"""One worker of a shared crawl: which pages it has, and how much of the site's limits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from ecomscraper.items import Product, no_pages
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.pace.shares import Share
from ecomscraper.workers.leases import (
    free_if_it_sleeps,
    is_free,
    is_left,
    lease,
    leased_pages,
    lock_crawl,
    next_due_of,
    still_leased,
)
from ecomscraper.workers.rows import Beat, Terms

if TYPE_CHECKING:
    from ecomscraper.ledger.ledger import Settlement

LEAST_LEASE = 8  # pages


class Worker:
    """`number` is its row in the table `workers`. What takes a connection runs in the ledger's writer thread."""

    def __init__(self, crawl_id: int, number: int, terms: Terms, joined_at: float) -> None:
        """`joined_at`: seconds of the monotonic clock, taken before it joined."""
        self.crawl_id = crawl_id
        self.number = number
        self.terms = terms
        self.share = Share(0, terms.limit)
        self.leads = False
        self.others = 0  # workers that live
        self.dropped = 0  # pages that it settled, and that were another one's by then
        self.tells: Callable[[int], bool] = lambda position: False  # whether that page may bring others to light
        self.learn: Callable[[Connection, Sequence[PendingPage]], None] = lambda connection, pages: None
        self._heard_at = joined_at

    def heard(self, beat: Beat, asked_at: float) -> None:
        """The database answered what was asked at that time of the monotonic clock."""
        self.number, self.share, self.leads, self.others = beat.worker, beat.share, beat.leads, beat.others
        self._heard_at = asked_at

    def seats(self, now: float) -> int:
        """The requests that may be under way. None in the second half of a lease: what was sent before ends in it."""
        return self.share.seats if now < self._heard_at + self.terms.lease_seconds / 2 else 0

    def take(self, connection: Connection, limit: int, apart: Collection[int]) -> list[PendingPage]:
        """The pages that it has, without those at the positions `apart`; more are leased where they are few."""
        few = min(limit, max(LEAST_LEASE, 2 * self.share.seats))
        found = self._pages(connection, apart)
        if len(found) < few:
            free_if_it_sleeps(connection, self.terms.lease_seconds)
            lease(connection, self.crawl_id, self.number, few - len(found))
            found = self._pages(connection, apart)
        self.learn(connection, found)
        return found[:limit]

    def may_take(self, connection: Connection, apart: Collection[int]) -> bool:
        """Whether `take` might give something: a look that locks nothing."""
        return bool(self._pages(connection, apart)) or is_free(connection, self.crawl_id)

    def is_left(self, connection: Connection) -> bool:
        """Whether any page of the crawl is pending, whoever has it."""
        return is_left(connection, self.crawl_id)

    def next_due(self, connection: Connection, after: datetime) -> datetime | None:
        """When the first of its pages is due that are due after that moment."""
        return next_due_of(connection, self.crawl_id, self.number, after)

    def own(self, connection: Connection, settlements: Sequence[Settlement]) -> list[Settlement]:
        """Those of pages that are leased to it still; the others are forgotten. They stay so until the commit."""
        free_if_it_sleeps(connection, self.terms.lease_seconds)
        if any(_touches_others(each) for each in settlements):
            lock_crawl(connection, self.crawl_id, alone=True)
        positions = {each.position for each in settlements}
        leased = still_leased(connection, self.crawl_id, self.number, positions)
        self.dropped += len(positions - leased)
        return [each for each in settlements if each.position in leased]

    def _pages(self, connection: Connection, apart: Collection[int]) -> list[PendingPage]:
        rows = leased_pages(connection, self.crawl_id, self.number)
        return [page for page in (PendingPage(*row) for row in rows) if page.position not in apart]


def _touches_others(settlement: Settlement) -> bool:
    """Whether it writes what a page of another worker may write as well: new pages, and products."""
    new_pages = getattr(settlement, "new_pages", no_pages)
    items = getattr(settlement, "items", ())
    return new_pages is not no_pages or any(isinstance(item, Product) for item in items)

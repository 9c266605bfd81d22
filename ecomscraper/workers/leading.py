"""Finding the pages of a shared crawl: one worker does so, and alone has the pages that tell of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from sqlalchemy import Connection

from ecomscraper.ledger.known_listings import known_listings, start_of
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.pagination.following import Follower
from ecomscraper.pagination.listings import Listings
from ecomscraper.pagination.page_ref import LISTING_ROOM, OWN_PAGES
from ecomscraper.spiders.plan import CrawlPlan
from ecomscraper.workers.leases import claim


class Leading:
    """What a worker needs to know of the listings, as the ledger has it. All of it runs in the writer thread."""

    def __init__(self, plan: CrawlPlan, crawl_id: int) -> None:
        self.follower: Follower | None = None
        self._plan = plan
        self._crawl_id = crawl_id
        self.follow_nothing()

    def follow_nothing(self) -> Self:
        """Another worker finds the pages; this one reads those of several listings by their profiles."""
        has_listings = self._plan.is_listing and self._plan.profile.has_listings
        self.follower = Listings(self._plan.profile, {}) if has_listings else None
        return self

    def begin(self, connection: Connection, worker: int) -> None:
        """Go on where the ledger is, and have the pages that tell of others: nobody leases a page before that."""
        if not self._plan.is_listing:
            return
        known = known_listings(connection, self._crawl_id, self._plan.profile.pagination.most_pages)
        self.follower = follower = self._plan.follower(known)
        last = [(number or 0) * LISTING_ROOM + each.pages.last_position for number, each in known.items()]
        if follower is not None:
            claim(connection, self._crawl_id, worker, [position for position in last if follower.tells(position)])

    def tells(self, position: int) -> bool:
        return self.follower is not None and self.follower.tells(position)

    def learn(self, connection: Connection, pages: Sequence[PendingPage]) -> None:
        """Look up where the listings of `pages` begin that are new here."""
        if not isinstance(self.follower, Listings):
            return
        for number in {page.position // LISTING_ROOM for page in pages if page.position < OWN_PAGES}:
            if number and not self.follower.knows(number):
                self.follower.know(number, start_of(connection, self._crawl_id, number))

"""One run: what it was told to do, its ledger, its feeder, and the locks it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.items import Bundle, no_pages
from ecomscraper.ledger.feeder import Feeder
from ecomscraper.ledger.ledger import Ledger, PageFailure, PendingPage, Postponement
from ecomscraper.ledger.locks import HostLocks
from ecomscraper.ledger.product_rows import unchanged_products
from ecomscraper.pace.egress import Egress
from ecomscraper.pace.throttles import Learnt, NewLaw, new_throttle
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import ENDINGS, Ending
from ecomscraper.pagination.following import Follower, NewPages, Outcome, SettledPage
from ecomscraper.pagination.listings import Listings
from ecomscraper.pagination.next_link import NextLink
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.plan import NO_DETAILS, CrawlPlan
from ecomscraper.workers.worker import Worker

# Where the first page of a listing fails like this, the second one would, too.
SHARED_BY_ALL_PAGES = frozenset({"robots", "robots_unreachable", "blocked", "bad_url", "http_404", "http_410"})


class Crawl:
    """What spider, pipelines, feeds and verdict share."""

    def __init__(
        self,
        plan: CrawlPlan,
        ledger: Ledger,
        locks: HostLocks,
        *,
        item_class: type,
        follower: Follower | None,
        stored_before: int = 0,
        earlier: int | None = None,
        learnt: Mapping[Egress, Learnt] | None = None,
        worker: Worker | None = None,
        is_archived: bool = False,
        source: int | None = None,
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self.item_class = item_class  # what its feeds give
        self.feeder = Feeder(ledger)
        self.stored_before = stored_before  # pages, by an earlier run of this crawl
        self.earlier = earlier  # a complete crawl of the same products, whose values may be taken over
        self.learnt = learnt or {}  # by the throttles of earlier crawls of the same hosts
        self.is_archived = is_archived  # its answers are kept
        self.source = source  # the crawl whose kept answers are read, instead of asking the shop
        self.new_law: NewLaw = new_throttle
        self.pages_stored = 0  # by this run
        self.pages_failed = 0
        self.worker = worker  # None: this process has the crawl to itself
        self.ends: Callable[[], Awaitable[bool]] = _ends_always
        self.leave: Callable[[], Awaitable[None]] = _leaves_nobody
        self.follow(follower)
        self._end: asyncio.Future[bool] | None = None
        self._locks = locks

    def follow(self, follower: Follower | None) -> None:
        """Find the pages of the listing by `follower` from now on; None: all are known, or another worker does."""
        self._follower = follower
        self._listings = follower if isinstance(follower, Listings) else None

    @property
    def leads(self) -> bool:
        """Whether this process finds the pages, and writes what there is one of: feeds, progress, verdict."""
        return self.worker is None or self.worker.leads

    @property
    def profile(self) -> SiteProfile:
        return self.plan.profile

    def profile_of(self, page: PendingPage) -> SiteProfile:
        """The profile that a page is read with: where the shop has several listings, that of its listing."""
        return self._listings.profile_of(page.position) if self._listings else self.profile

    def open_listings(self, starts: Sequence[str]) -> NewPages:
        """The first pages of the listings that the menu leads to. Raises ValueError in a crawl without a menu."""
        if self._listings is None:
            raise ValueError(f"site {self.profile.name} has no menu")
        return self._listings.open(starts)

    @property
    def grows(self) -> bool:
        """Whether pages bring others to light until the end: how many there are shows only then."""
        return isinstance(self._follower, NextLink | Listings) or self.plan.details != NO_DETAILS

    @property
    def left(self) -> int | None:
        """How many pages are left, with those under way; None where that is not known."""
        return None if self.grows else self.feeder.left

    async def settle(self, settlement: Bundle | PageFailure) -> None:
        """The end of a page. Waits while the database is behind.

        Once storage failed the page stays pending: the feeder ends, and a resumed crawl fetches it again.
        """
        self._reveal(settlement)
        if self.ledger.failed is None:
            with suppress(EcomscraperError):  # told once, by the ledger's extension
                await self.ledger.settle(settlement)
        self._leave(settlement)

    async def postpone(self, postponement: Postponement) -> None:
        """The page leaves the engine and comes back when it is due."""
        if self.ledger.failed is None:
            with suppress(EcomscraperError):
                await self.ledger.settle(postponement)
        self.feeder.postponed(postponement.position, postponement.due_at)

    def settle_now(self, settlement: Bundle | PageFailure) -> None:
        """The same from where nothing can be awaited: it does not wait for room in the buffer."""
        self._reveal(settlement)
        self.ledger.settle_now(settlement)
        self._leave(settlement)

    def repeats(self, position: int, listing: ListingPage) -> Ending | None:
        """The ending that an answered page is because it shows what was shown before."""
        return self._follower.repeats(position, listing) if self._follower else None

    def _reveal(self, settlement: Bundle | PageFailure) -> None:
        """Put the pages that a page of the listing brings to light into that page's own transaction."""
        if self._follower is None:
            return
        said = ListingPage(
            "",
            settlement.declared_total,
            settlement.last_page,
            settlement.cards,
            settlement.next_url,
            settlement.fingerprint,
        )
        if isinstance(settlement, PageFailure):
            ending = self._follower.ending_of(settlement.position, settlement.reason, said)
            if ending is not None:
                settlement.reason, settlement.detail = ending
        step = self._follower.revealed_by(
            SettledPage(settlement.position, _urls(settlement), said, _outcome(settlement))
        )
        if step.ending is not None and isinstance(settlement, Bundle):
            settlement.ending = step.ending
        if step.pages is not None:
            revealed, of_the_page = step.pages, settlement.new_pages
            settlement.new_pages = lambda: chain(revealed(), of_the_page())

    def _leave(self, settlement: Bundle | PageFailure) -> None:
        if isinstance(settlement, Bundle):
            self.pages_stored += 1
        else:
            self.pages_failed += 1
        self.feeder.settled(settlement.position, reveals=settlement.new_pages is not no_pages)

    async def unchanged(self, cards: Mapping[str, str | None]) -> tuple[int | None, list[str]]:
        """(an earlier crawl, the keys of `cards` whose products it knows and which say the same as then)."""
        if self.earlier is None:
            return None, []
        earlier = self.earlier
        found = await self.ledger.read(lambda c: unchanged_products(c, earlier, cards))
        return earlier, sorted(found)

    async def is_ended_here(self) -> bool:
        """Whether this process writes feeds and verdict. To be asked when it fetches nothing any more: a worker waits
        until that is decided, and once it is it stays so."""
        if self._end is None:
            self._end = asyncio.ensure_future(self.ends())
        return await asyncio.shield(self._end)

    def close(self) -> None:
        """Commit what was settled, end the writer, give the hosts back."""
        self.ledger.close()
        self._locks.release()


async def _ends_always() -> bool:
    return True


async def _leaves_nobody() -> None:
    pass


def _urls(settlement: Bundle | PageFailure) -> tuple[str, ...]:
    asked = (settlement.url,) if isinstance(settlement, Bundle) else ()
    return (*asked, settlement.final_url) if settlement.final_url else asked


def _outcome(settlement: Bundle | PageFailure) -> Outcome:
    if isinstance(settlement, Bundle):
        return Outcome.STORED
    if settlement.reason in ENDINGS:
        return Outcome.ENDED
    return Outcome.HOPELESS if settlement.reason in SHARED_BY_ALL_PAGES else Outcome.FAILED

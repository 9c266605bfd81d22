"""One run: what it was told to do, its ledger, its feeder, and the locks it holds."""

from __future__ import annotations

from contextlib import suppress

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.items import Bundle, no_pages
from ecomscraper.ledger.feeder import Feeder
from ecomscraper.ledger.ledger import Ledger, PageFailure, Postponement
from ecomscraper.ledger.locks import HostLocks
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.spiders.plan import CrawlPlan


class Crawl:
    """What spider, pipelines, feeds and verdict share."""

    def __init__(self, plan: CrawlPlan, ledger: Ledger, locks: HostLocks, item_class: type, stored_before: int) -> None:
        self.plan = plan
        self.ledger = ledger
        self.item_class = item_class  # what its feeds give
        self.feeder = Feeder(ledger)
        self.stored_before = stored_before  # pages, by an earlier run of this crawl
        self._locks = locks

    @property
    def profile(self) -> SiteProfile:
        return self.plan.profile

    async def settle(self, settlement: Bundle | PageFailure) -> None:
        """The end of a page. Waits while the database is behind.

        Once storage failed the page stays pending: the feeder ends, and a resumed crawl fetches it again.
        """
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
        self.ledger.settle_now(settlement)
        self._leave(settlement)

    def _leave(self, settlement: Bundle | PageFailure) -> None:
        reveals = isinstance(settlement, Bundle) and settlement.new_pages is not no_pages
        self.feeder.settled(settlement.position, reveals=reveals)

    def close(self) -> None:
        """Commit what was settled, end the writer, give the hosts back."""
        self.ledger.close()
        self._locks.release()

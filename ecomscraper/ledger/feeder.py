"""The only source of a crawl's requests: it turns pending pages into requests, a bounded window at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from ecomscraper.ledger.ledger import Ledger, PendingPage

READ_AHEAD = 256  # pending pages read from the database at once


class Feeder:
    """Gives each pending page once; ends when nothing is pending and nothing is under way.

    The engine takes whatever `start()` yields at once, so the window is what keeps memory flat.
    """

    def __init__(self, ledger: Ledger, window: int = 16) -> None:
        self.window = window  # pages in the engine at once
        self._ledger = ledger
        self._given: set[int] = set()  # positions in the engine
        self._ready: deque[PendingPage] = deque()
        self._changed = asyncio.Event()
        self._more = True  # the database may hold pending pages that we have not read

    async def pages(self) -> AsyncIterator[PendingPage]:
        """Pages to fetch, in order. Waits while the window is full, or while a page under way may reveal others."""
        while self._ledger.failed is None:
            if not self._ready and self._more:
                await self._read()
            if self._ready and len(self._given) < self.window:
                page = self._ready.popleft()
                self._given.add(page.position)
                yield page
            elif self._ready or self._given:
                self._changed.clear()
                await self._changed.wait()
            elif not self._more:
                return

    def settled(self, position: int, *, reveals: bool = False) -> None:
        """The page at `position` left the engine for good; `reveals`: it brought new pages into the ledger."""
        self._given.discard(position)
        self._more = self._more or reveals
        self._changed.set()

    def wake(self) -> None:
        """Look again whether to go on: storage failed, or the crawl ends."""
        self._changed.set()

    def holds(self, position: int) -> bool:
        """Whether the page is in the engine now."""
        return position in self._given

    async def _read(self) -> None:
        self._more = False  # before the read: what is revealed while it runs sets it again
        found = await self._ledger.pending(READ_AHEAD, apart_from=self._given)
        self._ready.extend(found)
        self._more = self._more or len(found) == READ_AHEAD

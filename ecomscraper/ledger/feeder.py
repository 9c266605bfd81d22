"""The only source of a crawl's requests: it turns pending pages into requests, a bounded window at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.ledger.ledger import Ledger, PendingPage

READ_AHEAD = 256  # pending pages read from the database at once
POLL_SECONDS = 0.2  # between two looks whether other workers have revealed, or left, something


class Feeder:
    """Gives out pending pages; ends when nothing is pending and nothing is under way.

    The engine takes whatever `start()` yields at once, so the window is what keeps memory flat. A page that is
    tried again later leaves the engine, and comes back from the ledger when it is due.
    """

    def __init__(self, ledger: Ledger, window: int = 16) -> None:
        self.window = window  # pages in the engine at once
        self.is_over = False  # nothing was left
        self._ledger = ledger
        self._given: set[int] = set()  # positions in the engine
        self._ready: deque[PendingPage] = deque()
        self._changed = asyncio.Event()
        self._more = True  # the database may hold pending pages that we have not read
        self._next_due: datetime | None = None  # of the pages that wait

    async def pages(self) -> AsyncIterator[PendingPage]:
        """Pages to fetch, in order. Waits while the window is full, a page may reveal others, or pages wait."""
        while self._ledger.failed is None:
            if len(self._ready) < READ_AHEAD and (self._is_due() or (self._more and not self._ready)):
                with suppress(EcomscraperError):  # storage failed: told by the ledger's extension, and seen above
                    await self._read()
            if self._ready and len(self._given) < self.window:
                page = self._ready.popleft()
                self._given.add(page.position)
                yield page
            elif self._ready or self._given or self._next_due:
                await self._wait()
            elif not self._more:
                if not await self._is_left_to_others():
                    self.is_over = self._ledger.failed is None
                    return
                await self._wait()

    def settled(self, position: int, *, reveals: bool = False) -> None:
        """The page at `position` left the engine for good; `reveals`: it brought new pages into the ledger."""
        self._given.discard(position)
        self._more = self._more or reveals
        self._changed.set()

    def postponed(self, position: int, due_at: datetime) -> None:
        """The page at `position` left the engine and is to come back at `due_at`."""
        self._given.discard(position)
        self._next_due = min(due_at, self._next_due or due_at)
        self._changed.set()

    def wake(self) -> None:
        """Look again whether to go on: storage failed, or the crawl ends."""
        self._changed.set()

    def forget(self) -> None:
        """What it has read and not given out belongs to others now."""
        self._ready.clear()
        self._more = True
        self._changed.set()

    @property
    def has_pages(self) -> bool:
        """Whether pages are in the engine, or could be."""
        return bool(self._given or self._ready)

    @property
    def left(self) -> int | None:
        """How many pages are left, with those in the engine; None where others may be pending, or wait."""
        return None if self._more or self._next_due else len(self._given) + len(self._ready)

    def holds(self, position: int) -> bool:
        """Whether the page is in the engine now."""
        return position in self._given

    def rest_seconds(self) -> float:
        """Until the first waiting page is due, where no other page is left to be fetched; else 0."""
        if self._ready or self._more or self._next_due is None:
            return 0.0
        return max(0.0, (self._next_due - datetime.now(UTC)).total_seconds())

    def _is_due(self) -> bool:
        return self._next_due is not None and self._next_due <= datetime.now(UTC)

    async def _read(self) -> None:
        # Cleared before the read: what happens while it runs sets them again.
        self._more, self._next_due = False, None
        now = datetime.now(UTC)
        here = self._given.union(page.position for page in self._ready)
        found = await self._ledger.pending(READ_AHEAD, apart_from=here)
        self._ready.extend(page for page in found if page.position not in self._given)
        self._more = self._more or len(found) == READ_AHEAD or (self._ledger.is_shared and bool(found))
        due = await self._ledger.next_due(after=now)
        if due is not None:
            self._next_due = min(due, self._next_due or due)

    async def _is_left_to_others(self) -> bool:
        with suppress(EcomscraperError):
            return await self._ledger.is_left_to_others()
        return False

    async def _wait(self) -> None:
        """Until something changes, or until the first waiting page is due where there is room for it.

        Where others may bring something, too, until it is time to look again.
        """
        self._changed.clear()
        seconds = None
        if self._next_due and not self._ready:
            seconds = max(0.0, (self._next_due - datetime.now(UTC)).total_seconds())
        polls = self._ledger.is_shared and not self._ready and len(self._given) < self.window
        if polls:
            seconds = min(POLL_SECONDS, seconds or POLL_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self._more = self._more or polls

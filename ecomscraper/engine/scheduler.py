"""Pages wait for their turn in one row.

The feeder gives them out in order, a window at a time. Scrapy's queues, by host, by priority, of start requests and of
others, and the dupe filter have nothing to decide about them.
"""

from __future__ import annotations

from collections import deque

from scrapy import Request
from scrapy.core.scheduler import Scheduler

from ecomscraper.ledger.ledger import PendingPage


class PageScheduler(Scheduler):
    """Takes the place of Scrapy's scheduler after that was opened; what is no page of the ledger goes first."""

    pages: deque[Request]

    def enqueue_request(self, request: Request) -> bool:
        if request.priority or not isinstance(request.meta.get("ecom_page"), PendingPage):
            return super().enqueue_request(request)
        self.pages.append(request)
        self._count("enqueued")
        return True

    def next_request(self) -> Request | None:
        if super().__len__() and (request := super().next_request()) is not None:
            return request
        if not self.pages:
            return None
        self._count("dequeued")
        return self.pages.popleft()

    def __len__(self) -> int:
        return super().__len__() + len(self.pages)

    def _count(self, event: str) -> None:
        assert self.stats is not None
        self.stats.inc_value(f"scheduler/{event}/memory")
        self.stats.inc_value(f"scheduler/{event}")

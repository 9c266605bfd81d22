"""How a request ends that is neither answered nor failed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from ecomscraper.ledger.ledger import PendingPage, Postponement

MOST_DETAIL = 500  # characters of an error that the database keeps
SENDER_WAITS = "ecom_sender_waits"  # request meta: true where `RetrySoon` is understood


class RetryLater(IgnoreRequest):
    """The page leaves the engine; `postponement` says when it comes back."""

    def __init__(self, postponement: Postponement) -> None:
        super().__init__(f"page {postponement.position} is tried again at {postponement.due_at}")
        self.postponement = postponement

    @classmethod
    def after(
        cls, wait_seconds: float, page: PendingPage, attempts: int, reason: str | None, detail: str
    ) -> RetryLater:
        """`wait_seconds` from now. `attempts`: tries that failed; `reason`, `detail`: of the last one, or None and what
        the page waits for."""
        due_at = datetime.now(UTC) + timedelta(seconds=wait_seconds)
        return cls(Postponement(page.position, due_at, reason, detail[:MOST_DETAIL], attempts))


class RetrySoon(IgnoreRequest):
    """A request that is no page may be sent again, as `request`, after `wait_seconds`; whoever sent it waits."""

    def __init__(self, request: Request, wait_seconds: float) -> None:
        super().__init__(f"{request.url} is tried again after {wait_seconds:.1f} s")
        self.request = request
        self.wait_seconds = wait_seconds


class SiteGivenUp(IgnoreRequest):
    """The site did not answer within the breaker's patience; the request was not sent."""

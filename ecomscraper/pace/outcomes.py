"""How a request ends that is neither answered nor failed."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from ecomscraper.ledger.ledger import Postponement


class RetryLater(IgnoreRequest):
    """The page leaves the engine; `postponement` says when it comes back."""

    def __init__(self, postponement: Postponement) -> None:
        super().__init__(f"page {postponement.position} is tried again at {postponement.due_at}")
        self.postponement = postponement


class SiteGivenUp(IgnoreRequest):
    """The site did not answer within the breaker's patience; the request was not sent."""

"""How a request ends that leads where its crawl may not go."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from ecomscraper.reach.hosts import Refusal


class OutOfReach(IgnoreRequest):
    """Nothing was asked there; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.words)
        self.refusal = refusal

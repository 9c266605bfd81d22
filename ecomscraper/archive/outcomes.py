"""How a request ends to which a kept crawl has no answer."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest


class NotArchived(IgnoreRequest):
    """Nothing is asked for instead. `reason` is one of verdict.reasons."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason

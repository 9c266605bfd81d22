"""Retries that hold no seat: a page whose try failed for a reason that may pass goes back to the ledger, due later.

Which statuses and errors may pass, and how often, is decided by Scrapy's middleware and its settings
(RETRY_HTTP_CODES, RETRY_EXCEPTIONS, RETRY_TIMES). The request for a robots.txt is no page: who sent it is told when it
may be sent again, and any other that is no page is retried as Scrapy does it. A request that is not repeatable, as a
POST, is tried again only where the server cannot have begun.
"""

from __future__ import annotations

import random

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetryMiddleware
from scrapy.settings import BaseSettings

from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.pace.backoff import full_jitter
from ecomscraper.pace.outcomes import SENDER_WAITS, RetryLater, RetrySoon
from ecomscraper.pace.pace_settings import pace_limits
from ecomscraper.pace.repeatable import NOT_PROCESSED
from ecomscraper.proxies.outcomes import ProxyFailed
from ecomscraper.verdict.failures import reason_of, words_of
from ecomscraper.verdict.reasons import http_reason

REPEATABLE = "ecom_repeatable"  # request meta: False where a second try might do the work a second time


class RetryMiddleware(ScrapyRetryMiddleware):
    """Takes the place of Scrapy's, at 550."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self._limits = pace_limits(settings)
        self.retry_http_codes |= self._limits.also_transient
        self._rng = random.Random()

    def _retry(self, request: Request, reason: str | Exception | type[Exception]) -> Request | None:
        page = request.meta.get("ecom_page")
        if isinstance(reason, ProxyFailed):  # the shop was not asked, so it is no try: there are other proxies
            if not isinstance(page, PendingPage):
                return request.replace(dont_filter=True)
            raise RetryLater.after(0.0, page, page.attempts, reason_of(reason), words_of(reason))
        # Scrapy's words for a status begin with it.
        why = reason_of(reason) if isinstance(reason, Exception) else http_reason(int(str(reason).split()[0]))
        if why not in NOT_PROCESSED and not request.meta.get(REPEATABLE, True):
            return None
        retried = super()._retry(request, reason)  # counts, logs, and gives up after RETRY_TIMES
        sender_waits = bool(request.meta.get(SENDER_WAITS))
        if retried is None or not (sender_waits or isinstance(page, PendingPage)):
            return retried
        attempts = int(retried.meta["retry_times"])
        wait = full_jitter(attempts, self._limits.base_seconds, self._limits.cap_seconds, self._rng)
        if not isinstance(page, PendingPage):
            raise RetrySoon(retried, wait)
        words = words_of(reason) if isinstance(reason, Exception) else str(reason)
        raise RetryLater.after(wait, page, attempts, why, words)

"""Retries that hold no seat: a page whose try failed for a reason that may pass goes back to the ledger, due later.

Which statuses and errors may pass, and how often, is decided by Scrapy's middleware and its settings
(RETRY_HTTP_CODES, RETRY_EXCEPTIONS, RETRY_TIMES); requests that are no pages, as for robots.txt, are
retried as Scrapy does it.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetryMiddleware
from scrapy.settings import BaseSettings

from ecomscraper.ledger.ledger import PendingPage, Postponement
from ecomscraper.pace.backoff import full_jitter
from ecomscraper.pace.downloader import Downloader, pace_limits
from ecomscraper.pace.outcomes import RetryLater, SiteGivenUp
from ecomscraper.pace.site_pace import SitePace
from ecomscraper.verdict.failures import reason_of, words_of
from ecomscraper.verdict.reasons import http_reason

MOST_DETAIL = 500  # characters of an error that the database keeps


class RetryMiddleware(ScrapyRetryMiddleware):
    """Takes the place of Scrapy's, at 550."""

    def __init__(self, settings: BaseSettings) -> None:
        super().__init__(settings)
        self.retry_http_codes |= pace_limits(settings).also_transient
        self._limits = pace_limits(settings)
        self._rng = random.Random()

    def process_request(self, request: Request) -> None:
        """A retry beyond the budget waits. Raises RetryLater, or SiteGivenUp for a site that is."""
        pace = self._pace(request)
        page = request.meta.get("ecom_page")
        if pace is None or not isinstance(page, PendingPage):
            return
        if pace.given_up:
            raise SiteGivenUp("the site does not answer any more")
        if page.attempts and (wait := pace.budget.wait_seconds()) > 0:
            self.crawler.stats.inc_value("ecom/pace/over_budget")
            why = "retries wait for their share of the requests"
            raise RetryLater(_postponement(page, wait, None, why, page.attempts))

    def _retry(self, request: Request, reason: str | Exception | type[Exception]) -> Request | None:
        retried = super()._retry(request, reason)  # counts, logs, and gives up after RETRY_TIMES
        page = request.meta.get("ecom_page")
        if retried is None or not isinstance(page, PendingPage):
            return retried
        attempts = int(retried.meta["retry_times"])
        wait = full_jitter(attempts, self._limits.base_seconds, self._limits.cap_seconds, self._rng)
        if isinstance(reason, Exception):
            raise RetryLater(_postponement(page, wait, reason_of(reason), words_of(reason), attempts))
        status = int(str(reason).split()[0])  # Scrapy's words for a status begin with it
        raise RetryLater(_postponement(page, wait, http_reason(status), str(reason), attempts))

    def _pace(self, request: Request) -> SitePace | None:
        downloader = self.crawler.engine.downloader
        return downloader.pace(downloader.get_slot_key(request)) if isinstance(downloader, Downloader) else None


def _postponement(
    page: PendingPage, wait_seconds: float, reason: str | None, detail: str, attempts: int
) -> Postponement:
    due_at = datetime.now(UTC) + timedelta(seconds=wait_seconds)
    return Postponement(page.position, due_at, reason, detail[:MOST_DETAIL], attempts)

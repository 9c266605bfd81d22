"""What the settings ask of the pace."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from ecomscraper.pace.site_pace import PaceLimits
from ecomscraper.pace.spacing import Distances, PauseAfter, Rate
from ecomscraper.robots.rules import Politeness


def pace_limits(settings: BaseSettings) -> PaceLimits:
    """The patience that the settings ask for. Raises ValueError for figures that make no sense."""
    return PaceLimits(
        base_seconds=settings.getfloat("ECOM_PACE_BACKOFF_BASE_SECONDS"),
        cap_seconds=settings.getfloat("ECOM_PACE_BACKOFF_CAP_SECONDS"),
        longest_wait_seconds=settings.getfloat("ECOM_PACE_LONGEST_WAIT_SECONDS"),
        budget_share=settings.getfloat("ECOM_PACE_BUDGET_SHARE"),
        budget_window_seconds=settings.getfloat("ECOM_PACE_BUDGET_WINDOW_SECONDS"),
        budget_least=settings.getint("ECOM_PACE_BUDGET_LEAST"),
        breaker_failures=settings.getint("ECOM_PACE_BREAKER_FAILURES"),
        breaker_pause_seconds=settings.getfloat("ECOM_PACE_BREAKER_PAUSE_SECONDS"),
        breaker_pause_cap_seconds=settings.getfloat("ECOM_PACE_BREAKER_PAUSE_CAP_SECONDS"),
        breaker_patience_seconds=settings.getfloat("ECOM_PACE_BREAKER_PATIENCE_SECONDS"),
        also_transient=frozenset(int(status) for status in settings.getlist("ECOM_PACE_ALSO_TRANSIENT")),
    )


def with_wishes(own: Distances, wishes: Politeness) -> Distances:
    """Our own distances, and those that a robots.txt asks for: both hold."""
    rates = [Rate(wishes.request_rate.requests, wishes.request_rate.seconds)] if wishes.request_rate else []
    return Distances(
        delay_seconds=max(own.delay_seconds, wishes.crawl_delay_seconds or 0.0),
        random_extra_seconds=own.random_extra_seconds,
        rates=(*own.rates, *rates),
        pause_after=own.pause_after,
    )


def distances(settings: BaseSettings) -> Distances:
    """The distances between requests that the settings ask for, on top of DOWNLOAD_DELAY."""
    requests = settings.getint("ECOM_PACE_PAUSE_AFTER_REQUESTS")
    return Distances(
        random_extra_seconds=settings.getfloat("ECOM_PACE_RANDOM_EXTRA_SECONDS"),
        pause_after=PauseAfter(requests, settings.getfloat("ECOM_PACE_PAUSE_SECONDS")) if requests else None,
    )

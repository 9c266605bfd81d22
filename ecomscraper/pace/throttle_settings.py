"""Reads which throttle the settings choose, and has them agree."""

from __future__ import annotations

import time

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.pace.throttle_choice import Given, ThrottleChoice, throttle_choice
from ecomscraper.pace.throttles import Throttles


def choose_throttle(settings: BaseSettings) -> None:
    """Have ECOM_THROTTLE and AUTOTHROTTLE_ENABLED say the same. Raises ConfigurationError where they cannot."""
    choice = chosen_throttle(settings)
    settings.set("ECOM_THROTTLE", choice.value, priority="cmdline")
    settings.set("AUTOTHROTTLE_ENABLED", choice is ThrottleChoice.AUTO, priority="cmdline")


def throttles_of(crawler: Crawler) -> Throttles | None:
    """The throttles of a crawl that begins; None where it has another throttle than ours."""
    if crawler.settings["ECOM_THROTTLE"] != ThrottleChoice.ADAPTIVE:
        return None
    crawl = crawl_of(crawler)
    if crawl is None:
        return Throttles({}, time.monotonic)
    return Throttles(crawl.learnt, time.monotonic, crawl.new_law)


def chosen_throttle(settings: BaseSettings) -> ThrottleChoice:
    """What the two settings come to. Raises ConfigurationError where they contradict each other."""
    return throttle_choice(
        Given(settings["ECOM_THROTTLE"], settings.getpriority("ECOM_THROTTLE") or 0),
        Given(settings.getbool("AUTOTHROTTLE_ENABLED"), settings.getpriority("AUTOTHROTTLE_ENABLED") or 0),
    )

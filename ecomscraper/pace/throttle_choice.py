"""Which throttle a crawl has: ours, Scrapy's, or none but the user's numbers. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ecomscraper.exceptions import ConfigurationError


class ThrottleChoice(StrEnum):
    ADAPTIVE = "adaptive"  # ours, see throttle.py
    AUTO = "auto"  # Scrapy's AutoThrottle, with its settings
    FIXED = "fixed"  # concurrency and delay as they stand


class Given(NamedTuple):
    """A setting's value, and its priority: the higher one wins where two settings contradict each other."""

    value: str | bool
    priority: int


def throttle_choice(throttle: Given, autothrottle: Given) -> ThrottleChoice:
    """What ECOM_THROTTLE and AUTOTHROTTLE_ENABLED come to.

    AUTOTHROTTLE_ENABLED = True chooses auto, False takes fixed in auto's place. Raises ConfigurationError for another
    word, and where both are given with the same priority and contradict each other.
    """
    try:
        chosen = ThrottleChoice(str(throttle.value))
    except ValueError:
        words = ", ".join(ThrottleChoice)
        raise ConfigurationError(f"ECOM_THROTTLE = {throttle.value!r}, must be one of {words}") from None
    if autothrottle.value == (chosen is ThrottleChoice.AUTO) or autothrottle.priority < throttle.priority:
        return chosen
    if autothrottle.priority == throttle.priority:
        raise ConfigurationError(
            f"ECOM_THROTTLE = {chosen.value!r} and AUTOTHROTTLE_ENABLED = {autothrottle.value} contradict each other; "
            "give one of them"
        )
    return ThrottleChoice.AUTO if autothrottle.value else ThrottleChoice.FIXED

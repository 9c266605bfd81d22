"""Reads which throttle the settings choose, and has them agree."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from ecomscraper.pace.throttle_choice import Given, ThrottleChoice, throttle_choice


def choose_throttle(settings: BaseSettings) -> None:
    """Have ECOM_THROTTLE and AUTOTHROTTLE_ENABLED say the same. Raises ConfigurationError where they cannot."""
    choice = chosen_throttle(settings)
    settings.set("ECOM_THROTTLE", choice.value, priority="cmdline")
    settings.set("AUTOTHROTTLE_ENABLED", choice is ThrottleChoice.AUTO, priority="cmdline")


def chosen_throttle(settings: BaseSettings) -> ThrottleChoice:
    """What the two settings come to. Raises ConfigurationError where they contradict each other."""
    return throttle_choice(
        Given(settings["ECOM_THROTTLE"], settings.getpriority("ECOM_THROTTLE") or 0),
        Given(settings.getbool("AUTOTHROTTLE_ENABLED"), settings.getpriority("AUTOTHROTTLE_ENABLED") or 0),
    )

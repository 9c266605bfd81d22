"""A profile's limits in Scrapy's terms."""

from __future__ import annotations

from typing import Any

from ecomscraper.sites.profile import SiteProfile


def scrapy_settings(profile: SiteProfile) -> dict[str, Any]:
    """Settings for a crawl of this site, at the priority "spider": `-s` wins over them."""
    limits = profile.limits
    settings: dict[str, Any] = {
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrency,
        "DOWNLOAD_DELAY": limits.delay_seconds,
        "DOWNLOAD_TIMEOUT": limits.timeout_seconds,
        "AUTOTHROTTLE_ENABLED": limits.throttle == "auto",
        "ROBOTSTXT_OBEY": profile.robots.obey,
    }
    user_agent = next((value for name, value in profile.headers.items() if name.lower() == "user-agent"), None)
    if user_agent:
        settings["USER_AGENT"] = user_agent  # robots.txt is asked and read under the same name
    return settings

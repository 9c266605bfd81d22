"""A profile's limits in Scrapy's terms."""

from __future__ import annotations

from typing import Any

from ecomscraper.sites.profile import SiteProfile


def scrapy_settings(profile: SiteProfile) -> dict[str, Any]:
    """Settings for a crawl of this site, at the priority "spider": `-s` wins over them."""
    limits, retry, proxies = profile.limits, profile.retry, profile.proxies
    where_the_profile_says = {
        "ECOM_THROTTLE": limits.throttle,
        "ECOM_TIMEOUT_CONNECT_SECONDS": limits.connect_timeout_seconds,
        "ECOM_TIMEOUT_READ_SECONDS": limits.read_timeout_seconds,
        "ECOM_PACE_RANDOM_EXTRA_SECONDS": limits.random_extra_seconds,
        "ECOM_PACE_PAUSE_AFTER_REQUESTS": limits.pause_after_requests,
        "ECOM_PACE_PAUSE_SECONDS": limits.pause_seconds,
        "RETRY_TIMES": retry.times,
        "ECOM_PACE_BACKOFF_BASE_SECONDS": retry.base_seconds,
        "ECOM_PACE_BACKOFF_CAP_SECONDS": retry.cap_seconds,
        "ECOM_PACE_ALSO_TRANSIENT": retry.also_statuses,
        "COOKIES_ENABLED": profile.identity.keep_cookies or None,
        "ECOM_PROXIES_LIST": proxies.list,
        "ECOM_PROXIES_STICKY": proxies.sticky,
        "ECOM_PROXIES_EACH_REQUESTS": proxies.each_concurrency,
        "ECOM_PROXIES_EACH_DELAY_SECONDS": proxies.each_delay_seconds,
        # robots.txt is asked and read under the same name as the pages
        "USER_AGENT": next((value for name, value in profile.headers.items() if name.lower() == "user-agent"), None),
    }
    return {
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrency,
        "DOWNLOAD_DELAY": limits.delay_seconds,
        "DOWNLOAD_TIMEOUT": limits.timeout_seconds,
        "ROBOTSTXT_OBEY": profile.robots.obey,
        **{name: value for name, value in where_the_profile_says.items() if value is not None},
    }

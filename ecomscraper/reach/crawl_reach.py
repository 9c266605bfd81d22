"""The reach of the crawl that runs."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy.crawler import Crawler

from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.reach.hosts import Reach


def reach_of(crawler: Crawler) -> Reach | None:
    """What this crawl's profile and arguments name; None for a spider without a ledger, which goes as Scrapy goes.

    Settings: `ECOM_REACH_PRIVATE_HOSTS`, `ECOM_REACH_URL_BYTES`.
    """
    crawl = crawl_of(crawler)
    if crawl is None:
        return None
    profile = crawl.profile
    return Reach.of(
        named=[
            *crawl.plan.hosts,
            *profile.hosts,
            *(urlsplit(url).netloc for url in (*profile.all_starts, profile.page_template)),
        ],
        private=crawler.settings.getlist("ECOM_REACH_PRIVATE_HOSTS"),
        url_bytes=crawler.settings.getint("ECOM_REACH_URL_BYTES"),
    )

"""From Scrapy's crawler to the crawl in the ledger that its spider works for."""

from __future__ import annotations

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from ecomscraper.ledger.crawl import Crawl


def crawl_of(crawler: Crawler) -> Crawl | None:
    """None for a spider without a ledger."""
    crawl = getattr(crawler.spider, "crawl", None)
    return crawl if isinstance(crawl, Crawl) else None


def ledgers_crawl(crawler: Crawler) -> Crawl:
    """The same for what is of no use without a ledger: raises NotConfigured, so that Scrapy leaves it out."""
    crawl = crawl_of(crawler)
    if crawl is None:
        raise NotConfigured("the spider keeps no ledger")
    return crawl

"""Which pages a sitemap brings to light: more sitemaps, and products' own pages, in its order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecomscraper.pages.sitemap import MOST_ENTRIES, Sitemap
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.pagination.session_ids import page_key
from ecomscraper.sites.profile import SiteProfile

ROOM = 10 * MOST_ENTRIES  # positions that each sitemap of an index has for its own
DEEPEST = ROOM * ROOM  # an index within an index has its sitemaps below this


def sitemaps_in(sitemap: Sitemap, position: int, profile: SiteProfile) -> Iterator[PageRef]:
    """The sitemaps that an index at `position` of the crawl names, each at a position of its own.

    Those of the first index come right behind it, those of an index within it behind all of them.
    """
    pattern = profile.pagination.sitemap_urls
    first = 2 if position == 1 else position * ROOM
    if not sitemap.is_index or first >= DEEPEST:
        return
    for number, url in enumerate(_distinct(sitemap.urls)):
        if pattern is None or re.search(pattern, url):
            yield PageRef(first + number, number + 2, url)


def products_in(sitemap: Sitemap, profile: SiteProfile) -> list[str]:
    """The URLs of products' own pages, each once, in order."""
    pattern = profile.pagination.product_urls
    if sitemap.is_index:
        return []
    return [url for url in _distinct(sitemap.urls) if pattern is None or re.search(pattern, url)]


def _distinct(urls: tuple[str, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for url in urls:
        if page_key(url) not in seen:
            seen.add(page_key(url))
            yield url

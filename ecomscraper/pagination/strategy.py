"""The strategy of a site's listing: its first pages, and what finds the others."""

from __future__ import annotations

from collections.abc import Iterator

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pagination import numbered
from ecomscraper.pagination.endings import Trail
from ecomscraper.pagination.following import Follower, KnownPages
from ecomscraper.pagination.next_link import NextLink
from ecomscraper.pagination.numbered import PageRange, last_page
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.pagination.seed import MOST_TRIES, Seed
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.sites.value_types import OFFSET, PAGE


def has_numbers(profile: SiteProfile) -> bool:
    """Whether the URL of each page of the listing is known from its number."""
    strategy, template = profile.pagination.strategy, profile.page_template
    return strategy == "numbered" or (strategy == "api" and (PAGE in template or OFFSET in template))


def first_pages(profile: SiteProfile, pages: PageRange | None) -> Iterator[PageRef]:
    """The pages that are known to exist before anything was read, lazily and in order.

    `pages`: those that are wanted, None for all. Raises ArgumentError where the site cannot give them.
    """
    if has_numbers(profile):
        return numbered.first_pages(profile, pages)
    if profile.pagination.strategy == "url_list":
        raise ArgumentError(
            f"site {profile.name} has no listing of its own: give its pages with -a urls=FILE or -a url=…"
        )
    _last_wanted(profile, pages)
    if profile.starts:  # as if position 1 were an index that names these sitemaps
        return (PageRef(number + 1, number, start) for number, start in enumerate(profile.starts, 1))
    return iter([PageRef(1, 1, profile.start)])


def follower(profile: SiteProfile, pages: PageRange | None) -> Follower | None:
    """What finds the pages of a listing that begins; None where all are known, or each names its own."""
    if has_numbers(profile):
        if profile.pagination.last_page is not None:
            return None
        return Seed(profile, pages, next(first_pages(profile, pages)).position)
    if profile.pagination.strategy == "sitemap":
        return None
    return NextLink(1, Trail(profile.pagination.most_pages), _last_wanted(profile, pages))


def follower_again(profile: SiteProfile, pages: PageRange | None, known: KnownPages) -> Follower | None:
    """The same for a resumed crawl."""
    if follower(profile, pages) is None:
        return None
    trail = Trail(profile.pagination.most_pages, known.visits)
    if not has_numbers(profile):
        return NextLink(known.last_position, trail, _last_wanted(profile, pages))
    if known.last_stored is not None and last_page(known.said, profile) is not None:
        return None  # a page has told how many there are, and brought them all to light
    first = next(first_pages(profile, pages)).position
    tries = known.last_position - (known.last_stored or first - 1)
    return None if tries > MOST_TRIES else Seed(profile, pages, known.last_position, tries, trail)


def _last_wanted(profile: SiteProfile, pages: PageRange | None) -> int | None:
    """Of a listing that can be read from its start only."""
    if pages is None:
        return None
    if profile.pagination.strategy == "sitemap":
        raise ArgumentError(f"-a pages={pages}: the sitemap of site {profile.name} has no pages to choose from")
    if len(pages.spans) > 1 or pages.first != 1:
        raise ArgumentError(
            f"-a pages={pages}: site {profile.name} names each page on the one before; write -5 for the first five"
        )
    return pages.last

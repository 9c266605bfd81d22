"""The page of a numbered listing that brings the others to light: the first one, or where it fails the next.

One failing page must not end the rest, and that holds for the page that knows how many there are, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.numbered import PageRange, last_page, pages_after
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.sites.profile import SiteProfile

NewPages = Callable[[], Iterable[PageRef]]

MOST_TRIES = 3  # pages in a row that may fail, before the listing is taken to be out of reach


class Seed:
    """Knows which page is asked. Ask `revealed_by()` of each page that is settled."""

    def __init__(self, profile: SiteProfile, pages: PageRange | None, position: int, tries: int = 1) -> None:
        self._profile = profile
        self._pages = pages
        self._position: int | None = position
        self._tries = tries

    def revealed_by(self, position: int, listing: ListingPage, *, may_help: bool) -> NewPages | None:
        """The pages that the page at `position` brings to light; None for any other page, and where it tells nothing.

        `may_help`: the page failed in a way that another page of the listing need not share.
        """
        if position != self._position:
            return None
        self._position = None
        last = last_page(listing, self._profile)
        if last is not None:
            return lambda: pages_after(self._profile, self._pages, position, last)
        if not may_help or self._tries == MOST_TRIES:
            return None
        following = next(pages_after(self._profile, self._pages, position), None)
        if following is None:
            return None
        self._position = following.position
        self._tries += 1
        return lambda: [following]

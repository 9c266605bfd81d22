"""A shop of several listings, such as its categories: each has its own pages, and its own end.

Their pages stand one listing behind the other. Listing n, from 1, has the positions n × ROOM + page; whatever finds
the pages of one listing knows nothing of the others, and counts from 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import Ending
from ecomscraper.pagination.following import Follower, KnownListing, NewPages, SettledPage, Step
from ecomscraper.pagination.page_ref import LISTING_ROOM, MENU, PageRef
from ecomscraper.pagination.strategy import first_pages, follower, follower_again
from ecomscraper.sites.profile import SiteProfile


class _Listing(NamedTuple):
    profile: SiteProfile
    follower: Follower | None


def first_pages_of_listings(profile: SiteProfile) -> Iterator[PageRef]:
    """What is known before anything was read: the menu, or the first pages of every listing; lazily and in order."""
    if profile.menu:
        return iter([PageRef(1, 1, profile.start, MENU)])
    return _first_pages(profile, profile.starts)


class Listings:
    """Finds the pages of all listings: for each it asks what finds the pages of that one."""

    def __init__(self, profile: SiteProfile, known: Mapping[int | None, KnownListing] | None = None) -> None:
        """`known`: what the ledger of a resumed crawl has of each listing, by its number."""
        self._profile = profile
        self._listings: dict[int, _Listing] = {}
        if known is None:
            self.open(profile.starts)
        for number, listing in (known or {}).items():
            if number is not None:
                site = profile.of_listing(listing.start)
                self._listings[number] = _Listing(site, follower_again(site, None, listing.pages))

    def open(self, starts: Sequence[str]) -> NewPages:
        """The first pages of listings that begin; they are numbered in the order of `starts`."""
        for number, start in enumerate(starts, 1):
            site = self._profile.of_listing(start)
            self._listings[number] = _Listing(site, follower(site, None))
        return lambda: _first_pages(self._profile, starts)

    def profile_of(self, position: int) -> SiteProfile:
        """The profile that the page at `position` is read with: its listing's, where it belongs to one."""
        listing = self._listings.get(position // LISTING_ROOM)
        return listing.profile if listing else self._profile

    def know(self, number: int, start: str) -> None:
        """Listing `number` begins at that URL; nothing is looked for in it, if that is news."""
        self._listings.setdefault(number, _Listing(self._profile.of_listing(start), None))

    def knows(self, number: int) -> bool:
        return number in self._listings

    def tells(self, position: int) -> bool:
        number, page = divmod(position, LISTING_ROOM)
        if not number:
            return self._profile.menu is not None and not self._listings
        finder = self._follower(number)
        return finder is not None and finder.tells(page)

    def repeats(self, position: int, listing: ListingPage) -> Ending | None:
        number, page = divmod(position, LISTING_ROOM)
        finder = self._follower(number)
        return finder.repeats(page, listing) if finder else None

    def ending_of(self, position: int, reason: str, listing: ListingPage) -> Ending | None:
        number, page = divmod(position, LISTING_ROOM)
        finder = self._follower(number)
        return finder.ending_of(page, reason, listing) if finder else None

    def revealed_by(self, page: SettledPage) -> Step:
        """More pages of the same listing."""
        number, position = divmod(page.position, LISTING_ROOM)
        finder = self._follower(number)
        if finder is None:
            return Step()
        pages, ending = finder.revealed_by(replace(page, position=position))
        return Step(None if pages is None else lambda: _placed(pages(), number), ending)

    def _follower(self, number: int) -> Follower | None:
        listing = self._listings.get(number)
        return listing.follower if listing else None


def _first_pages(profile: SiteProfile, starts: Iterable[str]) -> Iterator[PageRef]:
    for number, start in enumerate(starts, 1):
        yield from _placed(first_pages(profile.of_listing(start), None), number)


def _placed(refs: Iterable[PageRef], number: int) -> Iterator[PageRef]:
    """Pages of listing `number`. More of them than there is room for are a shop's bad joke, and no pages."""
    for ref in takewhile(lambda ref: ref.position < LISTING_ROOM, refs):
        yield ref._replace(position=number * LISTING_ROOM + ref.position, listing=number)

"""The page of a numbered listing that brings the others to light: the first one, or where it fails the next.

One failing page must not end the rest, and that holds for the page that knows how many there are, too. Where no
page knows it, each that gives something brings the next number to light, until the shop says that there is none.
"""

from __future__ import annotations

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import EMPTY, GONE, PAST_THE_END, Ending, Trail
from ecomscraper.pagination.following import Outcome, SettledPage, Step
from ecomscraper.pagination.numbered import PageRange, last_page, pages_after
from ecomscraper.sites.profile import SiteProfile

MOST_TRIES = 3  # pages in a row that may fail, before the listing is taken to be out of reach


class Seed:
    """Knows which page is asked. `tries`: pages that failed since one was stored, with this one."""

    def __init__(
        self,
        profile: SiteProfile,
        pages: PageRange | None,
        position: int,
        tries: int = 1,
        trail: Trail | None = None,
    ) -> None:
        self._profile = profile
        self._pages = pages
        self._position: int | None = position
        self._tries = tries
        self._trail = Trail(profile.pagination.most_pages) if trail is None else trail

    def tells(self, position: int) -> bool:
        return position == self._position

    def repeats(self, position: int, listing: ListingPage) -> Ending | None:
        """A number behind the last one that is answered with a page that was shown before."""
        return self._trail.repeated(position, listing.fingerprint) if position == self._position else None

    def ending_of(self, position: int, reason: str, listing: ListingPage) -> Ending | None:
        """A number that nobody named, behind pages that gave something: the shop has no such page."""
        if position != self._position or not self._trail.has_given:
            return None
        if reason in GONE:
            return Ending(PAST_THE_END, f"the shop answered {reason.removeprefix('http_')}: there is no such page")
        if reason in EMPTY and listing.cards == 0:
            return Ending(PAST_THE_END, "it shows no product")
        return None

    def revealed_by(self, page: SettledPage) -> Step:
        """All other pages where the page tells how many there are; else the next one to try."""
        if page.position != self._position:
            return Step()
        position, self._position = page.position, None
        last = last_page(page.listing, self._profile)
        if page.outcome is Outcome.ENDED:
            return Step()
        if last is not None:
            return Step(lambda: pages_after(self._profile, self._pages, position, last))
        self._trail.add(page.visit)
        if page.outcome is Outcome.STORED:
            if self._is_one_page(page.listing):
                return Step()
            self._tries = 0
        elif page.outcome is Outcome.HOPELESS or self._tries >= MOST_TRIES:
            return Step()
        following = next(pages_after(self._profile, self._pages, position), None)
        if following is None:
            return Step()
        if ending := self._trail.is_full(page.position):
            return Step(ending=ending)
        self._position = following.position
        self._tries += 1
        return Step(lambda: [following])

    def _is_one_page(self, listing: ListingPage) -> bool:
        """A page that does not show the pager that the profile knows is all there is, and so is one of nothing."""
        return self._profile.pagination.pager is not None or listing.declared_total == 0

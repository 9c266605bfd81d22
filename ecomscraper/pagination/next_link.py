"""A listing whose pages are found one after the other: each names the next one, by a link or a cursor."""

from __future__ import annotations

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import EMPTY, SOFT_404, Ending, Trail
from ecomscraper.pagination.following import Outcome, SettledPage, Step
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.pagination.session_ids import page_key, without_session_id


class NextLink:
    """Knows the last page that was found. It has the number `position`, and so has the page in the listing."""

    def __init__(self, position: int, trail: Trail, last_wanted: int | None = None) -> None:
        self._position: int | None = position
        self._trail = trail
        self._last_wanted = last_wanted

    def tells(self, position: int) -> bool:
        return position == self._position

    def repeats(self, position: int, listing: ListingPage) -> Ending | None:
        return self._trail.repeated(position, listing.fingerprint) if position == self._position else None

    def ending_of(self, position: int, reason: str, listing: ListingPage) -> Ending | None:
        """A page with nothing on it, behind others that had something, and without a way on."""
        if position != self._position or not self._trail.has_given or listing.next_url:
            return None
        if reason in EMPTY and listing.cards == 0:
            return Ending(SOFT_404, "a link leads to it, and it shows no product")
        return None

    def revealed_by(self, page: SettledPage) -> Step:
        """The next page, whose URL this one names, even where this one failed."""
        if page.position != self._position:
            return Step()
        self._position = None
        self._trail.add(page.visit)
        url = without_session_id(page.listing.next_url or "").partition("#")[0]
        is_end = page.outcome is Outcome.ENDED or page.position == self._last_wanted
        if not url or is_end or page_key(url) in map(page_key, page.urls):
            return Step()
        if ending := self._trail.leads_back(url, page.position) or self._trail.is_full(page.position):
            return Step(ending=ending)
        following = PageRef(page.position + 1, page.position + 1, url)
        self._position = following.position
        return Step(lambda: [following])

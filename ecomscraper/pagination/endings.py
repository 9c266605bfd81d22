"""How a listing that is followed page by page ends, and the rule that notices that it goes in circles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ecomscraper.pagination.session_ids import page_key

PAST_THE_END = "past_the_end"
REPEATED_PAGE = "repeated_page"
SOFT_404 = "soft_404"
PAGE_LIMIT = "page_limit"

INFERRED = frozenset({REPEATED_PAGE, SOFT_404, PAGE_LIMIT})
"""Ours to conclude: the shop has not said that this is the end."""
ENDINGS = INFERRED | {PAST_THE_END}
"""Reasons that are no failures: with such a page the listing ended."""

GONE = frozenset({"http_404", "http_410"})
EMPTY = frozenset({"no_cards", "no_products", "no_title"})
"""Reasons of a page that answered, but has nothing on it."""


class Ending(NamedTuple):
    """The rule that ended a listing."""

    reason: str
    """One of ENDINGS."""
    detail: str
    """What was seen, in words."""


class Visit(NamedTuple):
    """A page that answered."""

    position: int
    urls: tuple[str, ...]
    """As asked for, and as answered after redirects."""
    fingerprint: str | None
    """Of what it shows; None where that is not known."""
    gave: bool = True
    """What it must give; not so where it failed."""


class Trail:
    """The pages of a listing that were read so far, of which there may be `most_pages`."""

    def __init__(self, most_pages: int, visits: Iterable[Visit] = ()) -> None:
        self.has_given = False
        """Whether one of the pages gave what it must give."""
        self._most_pages = most_pages
        self._position_of_url: dict[str, int] = {}
        self._position_of_content: dict[str, int] = {}
        for visit in visits:
            self.add(visit)

    def add(self, visit: Visit) -> None:
        """Remember a page. One that failed counts, too: links may lead around among pages of nothing."""
        self.has_given = self.has_given or visit.gave
        for url in visit.urls:
            self._position_of_url.setdefault(page_key(url), visit.position)
        if visit.fingerprint is not None:
            self._position_of_content.setdefault(visit.fingerprint, visit.position)

    def repeated(self, position: int, fingerprint: str | None) -> Ending | None:
        """The ending that a page is which shows the same as an earlier one; None for any other."""
        earlier = self._position_of_content.get(fingerprint or "")
        if earlier is None or earlier >= position:
            return None
        return Ending(REPEATED_PAGE, f"it shows the same products as page {earlier}")

    def leads_back(self, url: str, position: int) -> Ending | None:
        """The ending that a link to `url` from the page at `position` is if that was read before; None else.

        A link of a page to itself is no way back: that is how shops draw a button that does nothing.
        """
        earlier = self._position_of_url.get(page_key(url))
        if earlier is None or earlier == position:
            return None
        return Ending(REPEATED_PAGE, f"its next link leads back to page {earlier}")

    def is_full(self, page: int) -> Ending | None:
        """The ending that the page number `page` is if no more pages than that may be followed."""
        if page < self._most_pages:
            return None
        return Ending(PAGE_LIMIT, f"pagination.most_pages = {self._most_pages} are read, and there would be more")

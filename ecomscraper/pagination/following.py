"""What the strategies share that find a listing's pages while it is read.

Each has one object for a crawl, chosen once, which knows the page that may bring others to light. It is asked
three things: does a page that answered show that the listing ended (`repeats`), is a failure the end rather than a
failure (`ending_of`), and which pages does a settled page reveal (`revealed_by`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import Ending, Visit
from ecomscraper.pagination.page_ref import PageRef

NewPages = Callable[[], Iterable[PageRef]]


class Outcome(Enum):
    """What became of a page."""

    STORED = "stored"
    FAILED = "failed"  # in a way that another page of the listing need not share
    HOPELESS = "hopeless"  # it failed as every other page would
    ENDED = "ended"  # with it the listing ended


@dataclass(frozen=True, slots=True)
class SettledPage:
    """A page, and what it says."""

    position: int
    urls: tuple[str, ...]
    """As asked for, and as answered."""
    listing: ListingPage
    outcome: Outcome

    @property
    def visit(self) -> Visit:
        return Visit(self.position, self.urls, self.listing.fingerprint, self.outcome is Outcome.STORED)


class Step(NamedTuple):
    """What comes after a page; neither where it is not the page that tells, or the shop says that it is the last."""

    pages: NewPages | None = None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class KnownPages:
    """What the ledger of a resumed crawl has of its listing."""

    last_position: int
    last_stored: int | None
    said: ListingPage
    """The largest total, last page and number of cards that a page told."""
    visits: Sequence[Visit]
    """The settled pages, in order; none of a listing that has more than are followed page by page."""


class KnownListing(NamedTuple):
    """A listing that a resumed crawl goes on with."""

    start: str
    """The URL of its page 1; "" where the crawl has only one listing, whose profile says it."""
    pages: KnownPages


class Follower(Protocol):
    """Finds the pages of one listing."""

    def repeats(self, position: int, listing: ListingPage) -> Ending | None:
        """The ending that an answered page is, because it shows what was shown before."""

    def ending_of(self, position: int, reason: str, listing: ListingPage) -> Ending | None:
        """The ending that a page is which failed with `reason`."""

    def revealed_by(self, page: SettledPage) -> Step:
        """What a settled page brings to light."""

    def tells(self, position: int) -> bool:
        """Whether the page there may bring others to light, or be the end."""

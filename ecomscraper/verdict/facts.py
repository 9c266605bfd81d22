"""Everything a verdict rests on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecomscraper.pagination.endings import INFERRED


@dataclass(frozen=True, slots=True)
class FailedPages:
    count: int
    example_url: str
    example_detail: str | None


@dataclass(frozen=True, slots=True)
class FeedResult:
    """One output of the crawl."""

    uri: str
    rows: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ListingFigures:
    """What one listing says of itself, and what it showed."""

    url: str
    """Of its page 1."""
    declared_total: int | None
    """The largest that a page said."""
    smallest_total: int | None
    cards: int | None
    """Products shown on the stored pages."""
    is_end_inferred: bool = False
    """It ended by a rule of ours, not by the shop's word."""

    @property
    def is_missed(self) -> bool:
        return self.declared_total is not None and self.cards is not None and self.cards < self.declared_total

    @property
    def is_passed(self) -> bool:
        return self.declared_total is not None and self.cards is not None and self.cards > self.declared_total

    @property
    def is_unsure(self) -> bool:
        reached = self.declared_total is not None and (self.cards or 0) >= self.declared_total
        return self.is_end_inferred and not reached

    @property
    def has_changed(self) -> bool:
        return self.smallest_total is not None and self.smallest_total != self.declared_total


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a verdict rests on, as the database has it."""

    crawl_id: int
    spider: str
    site: str
    hosts: tuple[str, ...]
    database: str
    stored: int
    pending: int
    failed: Mapping[str, FailedPages]
    items: int
    invalid: int
    seconds: float  # of this run
    finish_reason: str  # Scrapy's: finished, shutdown, …
    whole_listing: bool  # the shop's own total can be held against what came
    stored_before: int = 0  # pages that an earlier run of this crawl had stored
    declared_total: int | None = None  # the largest that a page said; of several listings their sum
    smallest_total: int | None = None  # another one: the shop changed while we read
    cards: int | None = None  # products shown on the stored pages
    listings: tuple[ListingFigures, ...] = ()  # where the shop has several
    endings: Mapping[str, FailedPages] = field(default_factory=dict)  # rules by which the listing ended
    same_pages: int = 0  # that led onto another page of the crawl
    repeated_pages: int = 0  # that show the same products as another page
    listed_again: int = 0  # whose URL stands in the crawl before
    retried: int = 0  # tries that failed and were followed by another
    refused: int = 0  # tries that the shop refused
    storage_error: str | None = None
    feeds: tuple[FeedResult, ...] = field(default_factory=tuple)
    reparsed_from: int | None = None  # the crawl whose kept answers were read again, instead of asking the shop

    @property
    def failures(self) -> int:
        return sum(failed.count for failed in self.failed.values())

    @property
    def pages(self) -> int:
        return self.stored + self.pending + self.failures

    @property
    def each_listing(self) -> tuple[ListingFigures, ...]:
        """The figures to be held against each other: each listing's own."""
        is_end_inferred = bool(INFERRED & set(self.endings))
        only = ListingFigures("", self.declared_total, self.smallest_total, self.cards, is_end_inferred)
        return self.listings or (only,)

"""What a crawl yields. A page's items travel as one `Bundle`: through the pipelines, the store and the feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ecomscraper.pagination.page_ref import PageRef


def iso_8601(moment: datetime) -> str:
    """`2026-11-20T22:44:46.123Z`: UTC, milliseconds. Raises ValueError if `moment` has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Title:
    """The title of one page."""

    page: int  # number in the listing, or position in the list of URLs, from 1
    title: str  # as a browser shows it: entities decoded, white space collapsed
    name: str  # its first part, without the page number
    site_title: str  # its last part, "" where it has one part only
    url: str  # as asked for
    final_url: str  # as answered, after redirects
    fetched_at: datetime = field(metadata={"serializer": iso_8601})  # when the answer was read, UTC


def no_pages() -> Iterable[PageRef]:
    """For a page that reveals no others."""
    return ()


@dataclass(slots=True)
class Bundle:
    """What one page gave: its items, what the shop said on it, and the pages it revealed."""

    position: int
    items: list[Any]
    url: str
    final_url: str
    http_status: int
    fetched_at: datetime
    size_bytes: int  # of the decoded body
    attempts: int = 1
    declared_total: int | None = None  # products in the whole listing, as the shop prints it
    last_page: int | None = None  # of the listing, as the pager says
    cards: int | None = None  # products shown on this page
    invalid: int = 0  # items that did not validate
    # called once for each try to write it: a million pages must not be held in memory
    new_pages: Callable[[], Iterable[PageRef]] = no_pages

"""What a crawl yields. A page's items travel as one `Bundle`: through the pipelines, the store and the feed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from ecomscraper.archive.packing import PackedAnswer
from ecomscraper.pagination.endings import Ending
from ecomscraper.pagination.page_ref import PageRef

MOST_KEY_BYTES = 2000
KEPT_KEY_BYTES = 500  # of a text that is longer


def iso_8601(moment: datetime) -> str:
    """`2026-11-20T22:44:46.123Z`: UTC, milliseconds. Raises ValueError if `moment` has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return _iso_8601_of_utc(moment if moment.tzinfo is UTC else moment.astimezone(UTC))


@lru_cache  # all that a page gives has one time: 1 µs for each product
def _iso_8601_of_utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


VERBATIM = {"verbatim": True}  # metadata of a field: its text is a whole document, not one line
NESTED = {"nested": True}  # metadata of a field: lists and objects of any depth, which a table shows as JSON


def product_key(text: str) -> str:
    """`text` where it is no longer than an index takes; else what it begins with, and a digest of it all."""
    if len(text) * 4 <= MOST_KEY_BYTES:  # no character has more bytes
        return text
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MOST_KEY_BYTES:
        return text
    return f"{encoded[:KEPT_KEY_BYTES].decode('utf-8', 'ignore')}… sha256:{hashlib.sha256(encoded).hexdigest()}"


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


@dataclass(slots=True)
class Product:
    """One product of a shop; None is what the shop does not say, or not clearly."""

    page: int  # of the listing that shows it first; position in the list of URLs; from 1
    position: int  # its place on that page, from 1
    name: str
    price: Decimal | None  # what is asked now, in units of `currency`; the lowest where there are several
    regular_price: Decimal | None  # what is asked without a sale
    currency: str | None  # ISO 4217
    availability: str | None  # a term of schema.org's ItemAvailability: InStock, OutOfStock, …
    sku: str | None
    brand: str | None
    gtin: str | None  # 8, 12, 13 or 14 digits, the check digit is right
    image_url: str | None  # absolute
    rating: Decimal | None  # 0 to 5
    review_count: int | None
    description: str | None
    url: str | None  # absolute
    fetched_at: datetime = field(metadata={"serializer": iso_8601})  # when the answer was read, UTC
    source: dict[str, str] = field(default_factory=dict)  # which field came from where
    listings: list[str] = field(default_factory=list)  # URLs of the listings that show it, where the shop has several

    @property
    def key(self) -> str:
        """What makes it one product of its crawl: its address, else its SKU, else its name."""
        return product_key(self.url or f"sku:{self.sku or ''} name:{self.name}")


def iso_8601_or_none(moment: datetime | None) -> str | None:
    """The same, or None for None."""
    return None if moment is None else iso_8601(moment)


@dataclass(slots=True)
class Answer:
    """What an endpoint answered; one that failed has a row, too, with whatever is known of it."""

    position: int  # its place in the list, from 1
    method: str | None  # GET, POST, …; None where our own code failed
    url: str  # as asked for
    final_url: str | None  # where the last try ended, after redirects
    status: int | None  # of HTTP; None without an answer
    seconds: float | None  # of the last try, from sending to the last byte or the failure; None: never sent
    bytes: int | None  # of the decoded body
    content_type: str | None  # as the header says
    json: Any = field(metadata=NESTED)  # the body, where it is JSON
    text: str | None = field(metadata=VERBATIM)  # the body, where it is another text; None where it is neither
    reason: str | None  # why it failed, one of verdict.reasons; None: it did not
    error: str | None  # the same in words; what the answer says of itself
    attempts: int  # tries; 0: never sent
    fetched_at: datetime | None = field(metadata={"serializer": iso_8601_or_none})  # when the answer was read, UTC


class Sighting(NamedTuple):
    """A listing shows a product."""

    place: int  # on the page, from 1
    key: str  # of the product
    card: str | None = None  # what the card says of it, in short: whether it changed since another crawl


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
    next_url: str | None = None  # of the next page, as this one names it
    fingerprint: str | None = None  # of what it shows: the same for two pages that show the same
    ending: Ending | None = None  # the rule by which the listing ends behind it
    sightings: list[Sighting] = field(default_factory=list)  # products that the page shows, in order
    carried: list[str] = field(default_factory=list)  # keys of products that are as an earlier crawl has them
    carried_from: int | None = None  # that crawl
    invalid: int = 0  # items that did not validate
    packed: PackedAnswer | None = None  # the whole answer, where it is kept
    # called once for each try to write it: a million pages must not be held in memory
    new_pages: Callable[[], Iterable[PageRef]] = no_pages

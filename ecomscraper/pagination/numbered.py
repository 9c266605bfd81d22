"""Which pages a numbered listing has: page 1 is the profile's start, the rest follow its page_url."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from ecomscraper.exceptions import ArgumentError
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.page_ref import PageRef
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.sites.value_types import OFFSET, PAGE

_PART = re.compile(r"(?P<one>\d{1,9})|(?P<first>\d{1,9})?\s*[-–]\s*(?P<last>\d{1,9})?")
_ALLOWED = "write pages from 1 such as 4, 3-7, 12- (to the end) or -5, with commas between"


@dataclass(frozen=True, slots=True)
class PageRange:
    """Page numbers from 1, in order and each once; without an end as long as no last page is known.

    Holds its spans only, so that a range of millions is as small as one of two.
    """

    spans: tuple[tuple[int, int | None], ...]
    """(first, last) with both ends included, in order, with gaps between; only the very last may be None."""

    @classmethod
    def of(cls, spans: Iterable[tuple[int, int | None]]) -> PageRange:
        """The range that holds `spans`, which may overlap and come in any order."""
        merged: list[tuple[int, int | None]] = []
        for first, last in sorted(spans, key=lambda span: span[0]):
            if merged:
                first_before, last_before = merged[-1]
                if last_before is None:
                    break
                if first <= last_before + 1:
                    merged[-1] = (first_before, None if last is None else max(last, last_before))
                    continue
            merged.append((first, last))
        return cls(tuple(merged))

    @classmethod
    def all(cls) -> PageRange:
        """Every page, however many there are."""
        return cls(((1, None),))

    @property
    def first(self) -> int | None:
        """The lowest page; None when the range is empty."""
        return self.spans[0][0] if self.spans else None

    @property
    def last(self) -> int | None:
        """The highest page; None when the range is empty or has no end."""
        return self.spans[-1][1] if self.spans else None

    @property
    def has_end(self) -> bool:
        return not self.spans or self.spans[-1][1] is not None

    def clip(self, last: int) -> PageRange:
        """The pages up to `last`."""
        return PageRange(
            tuple((low, last if high is None else min(high, last)) for low, high in self.spans if low <= last)
        )

    def without(self, other: PageRange) -> PageRange:
        """The pages that are not in `other`."""
        return PageRange(tuple(piece for span in self.spans for piece in _outside(span, other.spans)))

    def __contains__(self, page: object) -> bool:
        return isinstance(page, int) and any(
            first <= page and (last is None or page <= last) for first, last in self.spans
        )

    def __iter__(self) -> Iterator[int]:
        """Lazily and in order; never ends where the range has no end."""
        for first, last in self.spans:
            yield from count(first) if last is None else range(first, last + 1)

    def __len__(self) -> int:
        """Raises ValueError where the range has no end."""
        if not self.has_end:
            raise ValueError(f"pages {self} have no end")
        return sum(last - first + 1 for first, last in self.spans if last is not None)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __str__(self) -> str:
        """As `parse_pages` reads it."""
        return ",".join(
            str(first) if first == last else f"{first}-{'' if last is None else last}" for first, last in self.spans
        )


def parse_pages(text: str) -> PageRange:
    """The pages that `-a pages=…` asks for: `3-7,12`, `40-` to the end, `-5` from the first.

    Order and overlaps do not matter. Raises ArgumentError naming the part that is wrong and what is allowed.
    """
    return PageRange.of(_span(part.strip(), text) for part in text.split(","))


def page_url(profile: SiteProfile, page: int) -> str:
    """The URL of a page. Page 1 is where the listing starts, as its numbered URL often redirects there.

    Page 1 of an API has a number as all others have: it starts nowhere else.
    """
    if page == 1 and profile.pagination.strategy != "api":
        return profile.start
    offset = (page - 1) * (profile.pagination.page_size or 0)
    return profile.page_template.replace(PAGE, str(page)).replace(OFFSET, str(offset))


def last_page(listing: ListingPage, profile: SiteProfile) -> int | None:
    """The number of the listing's last page; None when neither the profile nor the page tells.

    The profile decides if it says so. Else pager and declared total do, the larger where they disagree:
    a page too many fails in the open, a page too few is lost in silence.
    """
    if profile.pagination.last_page is not None:
        return profile.pagination.last_page
    # A listing without pager and page size has all its cards on one page, or as many on each as on this one.
    page_size = profile.pagination.page_size or (listing.cards if listing.last_page is None else None)
    by_total = -(-listing.declared_total // page_size) if listing.declared_total and page_size else None
    return max((number for number in (listing.last_page, by_total) if number), default=None)


def first_pages(profile: SiteProfile, pages: PageRange | None) -> Iterator[PageRef]:
    """The seed: what of `pages` (None: all) is known to exist before anything was read, lazily and in order.

    That is the first page, or every page where the profile names the last one.
    Raises ArgumentError when the listing ends before `pages` begin.
    """
    seed = _seed(profile, _wanted(pages))
    if not seed:
        raise ArgumentError(f"-a pages={pages}: the listing has pages 1-{profile.pagination.last_page}")
    return _page_refs(profile, seed)


def pages_after(
    profile: SiteProfile, pages: PageRange | None, position: int, last: int | None = None
) -> Iterator[PageRef]:
    """The pages of `pages` behind `position` and up to `last` (None: without end); lazily and in order.

    A million pages take a moment.
    """
    wanted = _wanted(pages).without(PageRange(((1, position),)))
    return _page_refs(profile, wanted if last is None else wanted.clip(last))


def _wanted(pages: PageRange | None) -> PageRange:
    return PageRange.all() if pages is None else pages


def _seed(profile: SiteProfile, wanted: PageRange) -> PageRange:
    return wanted.clip(profile.pagination.last_page or wanted.first or 0)


def _page_refs(profile: SiteProfile, pages: PageRange) -> Iterator[PageRef]:
    if OFFSET in profile.page_template:
        yield from (PageRef(page, page, page_url(profile, page)) for page in pages)
        return
    first = page_url(profile, 1)
    before, _, after = profile.page_template.partition(PAGE)  # a million of them take a moment
    for page in pages:
        yield PageRef(page, page, f"{before}{page}{after}" if page > 1 else first)


def _span(part: str, text: str) -> tuple[int, int | None]:
    match = _PART.fullmatch(part)
    if match is None or not (match["one"] or match["first"] or match["last"]):
        raise ArgumentError(f'-a pages={text}: "{part}" is neither a page nor a range; {_ALLOWED}')
    first = int(match["one"] or match["first"] or 1)
    last = int(match["one"] or match["last"]) if match["one"] or match["last"] else None
    if first == 0 or last == 0:
        raise ArgumentError(f'-a pages={text}: "{part}", there is no page 0; {_ALLOWED}')
    if last is not None and last < first:
        raise ArgumentError(f'-a pages={text}: "{part}" ends before it starts; write {last}-{first}')
    return first, last


def _outside(span: tuple[int, int | None], holes: Iterable[tuple[int, int | None]]) -> Iterator[tuple[int, int | None]]:
    """What is left of `span` when `holes`, in order, are cut out."""
    first, last = span
    for hole_first, hole_last in holes:
        if hole_last is not None and hole_last < first:
            continue
        if last is not None and hole_first > last:
            break
        if first < hole_first:
            yield first, hole_first - 1
        if hole_last is None or (last is not None and hole_last >= last):
            return
        first = hole_last + 1
    yield first, last

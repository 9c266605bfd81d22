"""What a page beyond the last one shows, in every look of the shop."""

from __future__ import annotations

from ecomscraper.demo.options import PastEnd


def page_shown(page: int, pages: int, past_end: PastEnd) -> int | None:
    """The page (from 1) whose products page `page` of `pages` shows, or None if there are none to show."""
    if page <= pages:
        return page
    match past_end:
        case PastEnd.REPEAT:
            return pages
        case PastEnd.ENDLESS:
            return (page - 1) % pages + 1
    return None


def is_found(past_end: PastEnd) -> bool:
    """Whether a page beyond the end that shows nothing pretends to be there, with status 200."""
    return past_end is PastEnd.SOFT_404

"""Whether a page is what it should be: a page that gives nothing it must give has failed."""

from __future__ import annotations

from typing import NamedTuple

from ecomscraper.pages.listing import ListingPage
from ecomscraper.sites.profile import SiteProfile


class PageProblem(NamedTuple):
    reason: str  # one of verdict.reasons
    detail: str  # what was looked for


def page_problem(listing: ListingPage, profile: SiteProfile, *, is_listing: bool) -> PageProblem | None:
    """What is wrong with a page that answered 200, or None. `is_listing`: it stands in a listing, not in a list."""
    if not listing.title:
        return PageProblem("no_title", f"{profile.title or 'title'} found nothing")
    expects_cards = is_listing and profile.listing.card and listing.declared_total != 0
    if expects_cards and listing.cards == 0:
        return PageProblem("no_cards", f"{profile.listing.card} found nothing")
    return None

"""Whether a page is what it should be: a page that gives nothing it must give has failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.page_ref import MOST_LISTINGS
from ecomscraper.sites.profile import SiteProfile, same_pages


class PageProblem(NamedTuple):
    reason: str  # one of verdict.reasons
    detail: str  # what was looked for


def title_page_problem(listing: ListingPage, profile: SiteProfile, *, is_listing: bool) -> PageProblem | None:
    """What is wrong with a page that must give a title, or None. `is_listing`: it is no URL of a list."""
    if not listing.title:
        return PageProblem("no_title", f"{profile.title or 'title'} found nothing")
    return _cards_problem(listing, profile) if is_listing else None


def product_page_problem(listing: ListingPage, profile: SiteProfile, *, products: int) -> PageProblem | None:
    """What is wrong with a listing page that gave so many products, or None."""
    if problem := _cards_problem(listing, profile):
        return problem
    if products == 0 and listing.declared_total != 0:
        return PageProblem("no_products", f"none of the {listing.cards} cards names a product")
    return None


def menu_problem(listings: Sequence[str], profile: SiteProfile) -> PageProblem | None:
    """What is wrong with a menu that leads to `listings`, or None."""
    if not listings:
        return PageProblem("no_listings", f"{profile.menu} found no link")
    if len(listings) > MOST_LISTINGS:
        return PageProblem("no_listings", f"{profile.menu} found {len(listings)} links, more than {MOST_LISTINGS}")
    if twins := same_pages(profile.pagination, listings):
        return PageProblem("no_listings", twins)
    return None


def _cards_problem(listing: ListingPage, profile: SiteProfile) -> PageProblem | None:
    if profile.listing.card and listing.cards == 0 and listing.declared_total != 0:
        return PageProblem("no_cards", f"{profile.listing.card} found nothing")
    return None

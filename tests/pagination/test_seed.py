from __future__ import annotations

from typing import Any

import pytest

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import PAGE_LIMIT, PAST_THE_END, REPEATED_PAGE, Trail, Visit
from ecomscraper.pagination.following import Outcome, SettledPage
from ecomscraper.pagination.numbered import PageRange, parse_pages
from ecomscraper.pagination.seed import Seed
from ecomscraper.sites.profile import SiteProfile


def profile(**pagination: Any) -> SiteProfile:
    return SiteProfile.model_validate(
        {"name": "acme", "start": "https://shop.example/", "pagination": {"page_url": "page/{page}/", **pagination}}
    )


PROFILE = profile()
SILENT = ListingPage("", None, None, None)
OF_12_PAGES = ListingPage("", 188, 12, 16)
EMPTY = ListingPage("", None, None, 0)


def settled(position: int, listing: ListingPage, outcome: Outcome) -> SettledPage:
    return SettledPage(position, (f"https://shop.example/page/{position}/",), listing, outcome)


def revealed(seed: Seed, position: int, listing: ListingPage, outcome: Outcome = Outcome.HOPELESS) -> list[int] | None:
    new_pages = seed.revealed_by(settled(position, listing, outcome)).pages
    return None if new_pages is None else [ref.page for ref in new_pages()]


@pytest.mark.parametrize(("pages", "first", "others"), [(None, 1, list(range(2, 13))), ("3-5,11-", 3, [4, 5, 11, 12])])
def test_the_first_page_brings_the_others_to_light_once(pages: str | None, first: int, others: list[int]) -> None:
    seed = Seed(PROFILE, parse_pages(pages) if pages else None, first)
    assert revealed(seed, first, OF_12_PAGES, Outcome.STORED) == others
    assert revealed(seed, first, OF_12_PAGES, Outcome.STORED) is None
    assert revealed(seed, first + 1, OF_12_PAGES, Outcome.STORED) is None


def test_no_other_page_is_asked() -> None:
    seed = Seed(PROFILE, None, 1)
    assert revealed(seed, 2, OF_12_PAGES) is None
    assert revealed(seed, 1, OF_12_PAGES) == list(range(2, 13))


def test_new_pages_can_be_asked_for_again() -> None:
    new_pages = Seed(PROFILE, None, 1).revealed_by(settled(1, OF_12_PAGES, Outcome.STORED)).pages
    assert new_pages is not None
    assert [*new_pages()] == [*new_pages()] != []


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.HOPELESS])
def test_a_page_that_fails_but_shows_the_pager_brings_the_others_to_light(outcome: Outcome) -> None:
    assert revealed(Seed(PROFILE, None, 1), 1, OF_12_PAGES, outcome) == list(range(2, 13))


def test_where_it_fails_the_next_page_is_asked() -> None:
    seed = Seed(PROFILE, None, 1)
    assert revealed(seed, 1, SILENT, Outcome.FAILED) == [2]
    assert revealed(seed, 2, SILENT, Outcome.FAILED) == [3]
    assert revealed(seed, 3, OF_12_PAGES, Outcome.STORED) == list(range(4, 13))


def test_the_next_page_is_the_next_wanted_one() -> None:
    assert revealed(Seed(PROFILE, parse_pages("3,9-"), 3), 3, SILENT, Outcome.FAILED) == [9]
    assert revealed(Seed(PROFILE, PageRange(((3, 3),)), 3), 3, SILENT, Outcome.FAILED) is None


def test_three_failures_in_a_row_end_it() -> None:
    seed = Seed(PROFILE, None, 1)
    assert [revealed(seed, page, SILENT, Outcome.FAILED) for page in (1, 2, 3)] == [[2], [3], None]


def test_a_seed_of_a_resumed_crawl_remembers_its_tries() -> None:
    assert revealed(Seed(PROFILE, None, 3, tries=3), 3, SILENT, Outcome.FAILED) is None
    assert revealed(Seed(PROFILE, None, 2, tries=2), 2, SILENT, Outcome.FAILED) == [3]


def test_a_failure_that_all_pages_share_ends_it_at_once() -> None:
    assert revealed(Seed(PROFILE, None, 1), 1, SILENT, Outcome.HOPELESS) is None


def test_where_no_page_tells_how_many_there_are_each_brings_the_next_one_to_light() -> None:
    seed = Seed(PROFILE, None, 1)
    pages = [revealed(seed, page, SILENT, Outcome.STORED) for page in (1, 2, 3)]
    assert pages == [[2], [3], [4]]
    assert seed.revealed_by(settled(4, EMPTY, Outcome.ENDED)).pages is None


def test_a_failure_among_pages_that_are_tried_one_by_one_is_passed_over() -> None:
    seed = Seed(PROFILE, None, 1)
    outcomes = [Outcome.STORED, Outcome.FAILED, Outcome.FAILED, Outcome.STORED, Outcome.FAILED]
    pages = [revealed(seed, page, SILENT, outcome) for page, outcome in enumerate(outcomes, 1)]
    assert pages == [[2], [3], [4], [5], [6]]


@pytest.mark.parametrize(
    ("site", "listing"),
    [(profile(pager="nav"), SILENT), (PROFILE, ListingPage("", 0, None, 0)), (PROFILE, ListingPage("", 12, None, 12))],
    ids=["a pager that is not there", "nothing", "all on one page"],
)
def test_a_listing_of_one_page_is_not_followed(site: SiteProfile, listing: ListingPage) -> None:
    assert not revealed(Seed(site, None, 1), 1, listing, Outcome.STORED)


@pytest.mark.parametrize(
    ("reason", "listing", "ends"),
    [
        ("http_404", SILENT, True),
        ("http_410", SILENT, True),
        ("no_cards", EMPTY, True),
        ("no_products", EMPTY, True),
        ("no_products", ListingPage("", None, None, 16), False),  # it has cards, and we cannot read them
        ("no_title", SILENT, False),
        ("http_500", SILENT, False),
        ("timeout", SILENT, False),
    ],
)
def test_what_is_no_failure_behind_the_last_page(reason: str, listing: ListingPage, ends: bool) -> None:
    seed = Seed(PROFILE, None, 1)
    assert seed.ending_of(1, reason, listing) is None  # the first page must be there
    revealed(seed, 1, SILENT, Outcome.STORED)
    ending = seed.ending_of(2, reason, listing)
    assert (ending is not None and ending.reason == PAST_THE_END) is ends
    assert seed.ending_of(3, reason, listing) is None


def test_a_number_that_shows_an_earlier_page_again_is_the_end() -> None:
    shows = [ListingPage("", None, None, 16, fingerprint=name) for name in "ab"]
    seed = Seed(PROFILE, None, 1)
    for position, listing in enumerate(shows, 1):
        assert seed.repeats(position, listing) is None
        revealed(seed, position, listing, Outcome.STORED)
    ending = seed.repeats(3, shows[1])
    assert ending is not None
    assert ending == (REPEATED_PAGE, "it shows the same products as page 2")


def test_no_more_pages_are_tried_than_the_profile_allows() -> None:
    seed = Seed(profile(most_pages=2), None, 1)
    assert revealed(seed, 1, SILENT, Outcome.STORED) == [2]
    step = seed.revealed_by(settled(2, SILENT, Outcome.STORED))
    assert step.pages is None
    assert step.ending is not None
    assert step.ending.reason == PAGE_LIMIT


def test_a_resumed_seed_knows_what_was_shown() -> None:
    trail = Trail(100, [Visit(1, ("https://shop.example/",), "a"), Visit(2, ("https://shop.example/page/2/",), "b")])
    seed = Seed(PROFILE, None, 3, trail=trail)
    assert seed.repeats(3, ListingPage("", None, None, 16, fingerprint="a")) is not None
    assert seed.ending_of(3, "http_404", SILENT) is not None

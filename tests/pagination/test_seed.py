from __future__ import annotations

import pytest

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.numbered import PageRange, parse_pages
from ecomscraper.pagination.seed import Seed
from ecomscraper.sites.profile import SiteProfile

PROFILE = SiteProfile.model_validate(
    {"name": "acme", "start": "https://shop.example/", "pagination": {"page_url": "page/{page}/"}}
)
SILENT = ListingPage("", None, None, None)
OF_12_PAGES = ListingPage("", 188, 12, 16)


def revealed(seed: Seed, position: int, listing: ListingPage, *, may_help: bool = False) -> list[int] | None:
    new_pages = seed.revealed_by(position, listing, may_help=may_help)
    return None if new_pages is None else [ref.page for ref in new_pages()]


@pytest.mark.parametrize(("pages", "first", "others"), [(None, 1, list(range(2, 13))), ("3-5,11-", 3, [4, 5, 11, 12])])
def test_the_first_page_brings_the_others_to_light_once(pages: str | None, first: int, others: list[int]) -> None:
    seed = Seed(PROFILE, parse_pages(pages) if pages else None, first)
    assert revealed(seed, first, OF_12_PAGES) == others
    assert revealed(seed, first, OF_12_PAGES) is None
    assert revealed(seed, first + 1, OF_12_PAGES) is None


def test_no_other_page_is_asked() -> None:
    seed = Seed(PROFILE, None, 1)
    assert revealed(seed, 2, OF_12_PAGES) is None
    assert revealed(seed, 1, OF_12_PAGES) == list(range(2, 13))


def test_new_pages_can_be_asked_for_again() -> None:
    new_pages = Seed(PROFILE, None, 1).revealed_by(1, OF_12_PAGES, may_help=False)
    assert new_pages is not None
    assert [*new_pages()] == [*new_pages()] != []


def test_a_page_that_fails_but_shows_the_pager_brings_the_others_to_light() -> None:
    assert revealed(Seed(PROFILE, None, 1), 1, OF_12_PAGES, may_help=True) == list(range(2, 13))


def test_where_it_fails_the_next_page_is_asked() -> None:
    seed = Seed(PROFILE, None, 1)
    assert revealed(seed, 1, SILENT, may_help=True) == [2]
    assert revealed(seed, 2, SILENT, may_help=True) == [3]
    assert revealed(seed, 3, OF_12_PAGES) == list(range(4, 13))


def test_the_next_page_is_the_next_wanted_one() -> None:
    assert revealed(Seed(PROFILE, parse_pages("3,9-"), 3), 3, SILENT, may_help=True) == [9]
    assert revealed(Seed(PROFILE, PageRange(((3, 3),)), 3), 3, SILENT, may_help=True) is None


def test_three_failures_in_a_row_end_it() -> None:
    seed = Seed(PROFILE, None, 1)
    assert [revealed(seed, page, SILENT, may_help=True) for page in (1, 2, 3)] == [[2], [3], None]


def test_a_seed_of_a_resumed_crawl_remembers_its_tries() -> None:
    assert revealed(Seed(PROFILE, None, 3, tries=3), 3, SILENT, may_help=True) is None
    assert revealed(Seed(PROFILE, None, 2, tries=2), 2, SILENT, may_help=True) == [3]


def test_a_failure_that_all_pages_share_ends_it_at_once() -> None:
    assert revealed(Seed(PROFILE, None, 1), 1, SILENT, may_help=False) is None

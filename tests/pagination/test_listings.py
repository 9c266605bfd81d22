"""Several listings, each followed on its own: positions, URLs, ends, and what a resumed crawl makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import PAST_THE_END, REPEATED_PAGE, Visit
from ecomscraper.pagination.following import KnownListing, KnownPages, Outcome, SettledPage, Step
from ecomscraper.pagination.listings import Listings, first_pages_of_listings
from ecomscraper.pagination.page_ref import LISTING_ROOM, MENU, MOST_LISTINGS, OWN_PAGES, PageRef, own_page_position
from ecomscraper.pagination.strategy import first_pages
from ecomscraper.sites.profile import SiteProfile

ONE, TWO = "https://shop.example/one/", "https://shop.example/two/"
ROOM = LISTING_ROOM


def profile(**more: Any) -> SiteProfile:
    pagination = {"page_url": "page/{page}/"}
    return SiteProfile.model_validate({"name": "acme", "pagination": pagination, "starts": [ONE, TWO], **more})


def page(
    position: int, url: str, *, last_page: int | None = None, outcome: Outcome = Outcome.STORED, **more: Any
) -> Any:
    return SettledPage(position, (url,), ListingPage("", None, last_page, 16, **more), outcome)


def refs(found: Step | Iterable[PageRef]) -> list[tuple[int, int, int | None, str]]:
    pages = (found.pages() if found.pages else []) if isinstance(found, Step) else found
    return [(ref.position, ref.page, ref.listing, ref.url) for ref in pages]


def test_each_listing_begins_in_a_room_of_its_own() -> None:
    assert refs(first_pages_of_listings(profile())) == [(ROOM + 1, 1, 1, ONE), (2 * ROOM + 1, 1, 2, TWO)]


def test_all_pages_are_known_where_the_profile_names_the_last_one() -> None:
    known = profile(pagination={"page_url": "page/{page}/", "last_page": 2})
    assert refs(first_pages_of_listings(known)) == [
        (ROOM + 1, 1, 1, ONE),
        (ROOM + 2, 2, 1, f"{ONE}page/2/"),
        (2 * ROOM + 1, 1, 2, TWO),
        (2 * ROOM + 2, 2, 2, f"{TWO}page/2/"),
    ]


def test_a_menu_comes_first_and_its_listings_are_opened_when_it_is_read() -> None:
    site = profile(starts=(), start="https://shop.example/", menu="nav a")
    assert list(first_pages_of_listings(site)) == [PageRef(1, 1, "https://shop.example/", MENU)]
    listings = Listings(site)
    assert listings.revealed_by(page(1, site.start)) == Step()
    assert refs(listings.open([TWO, ONE])()) == [(ROOM + 1, 1, 1, TWO), (2 * ROOM + 1, 1, 2, ONE)]
    assert refs(listings.revealed_by(page(ROOM + 1, TWO, last_page=2))) == [(ROOM + 2, 2, 1, f"{TWO}page/2/")]


def test_a_page_reveals_pages_of_its_own_listing() -> None:
    listings = Listings(profile())
    assert refs(listings.revealed_by(page(2 * ROOM + 1, TWO, last_page=3))) == [
        (2 * ROOM + 2, 2, 2, f"{TWO}page/2/"),
        (2 * ROOM + 3, 3, 2, f"{TWO}page/3/"),
    ]
    assert refs(listings.revealed_by(page(ROOM + 1, ONE, last_page=2))) == [(ROOM + 2, 2, 1, f"{ONE}page/2/")]
    assert listings.revealed_by(page(own_page_position(ROOM + 1, 1), ONE, last_page=9)) == Step()


def test_the_pages_of_a_listing_are_read_with_its_own_start() -> None:
    listings = Listings(profile())
    starts = [listings.profile_of(position).start for position in (1, ROOM + 1, 2 * ROOM + 7, OWN_PAGES + 1)]
    assert starts == ["", ONE, TWO, ""]
    assert listings.profile_of(2 * ROOM + 7).page_template == f"{TWO}page/{{page}}/"


def test_each_listing_ends_by_itself_and_shows_what_another_one_shows() -> None:
    listings = Listings(profile(pagination={"strategy": "next_link"}))
    for number, url in ((1, ONE), (2, TWO)):
        step = listings.revealed_by(page(number * ROOM + 1, url, next_url=f"{url}?p=2", fingerprint="a"))
        assert refs(step) == [(number * ROOM + 2, 2, number, f"{url}?p=2")]
    shown = ListingPage("", None, None, 16, None, "a")
    assert listings.repeats(ROOM + 1, shown) is None
    for number in (1, 2):
        ending = listings.repeats(number * ROOM + 2, shown)
        assert ending == (REPEATED_PAGE, "it shows the same products as page 1")


def test_a_number_that_nobody_named_is_the_end_of_its_own_listing() -> None:
    listings = Listings(profile())
    listings.revealed_by(page(ROOM + 1, ONE))  # it has no pager: the next number is tried
    nothing = ListingPage("", None, None, None)
    ending = listings.ending_of(ROOM + 2, "http_404", nothing)
    assert ending is not None
    assert ending.reason == PAST_THE_END
    assert listings.ending_of(2 * ROOM + 1, "http_404", nothing) is None
    assert listings.ending_of(1, "http_404", nothing) is None


def test_a_pager_of_absurd_length_stays_in_its_room() -> None:
    nearly_full = KnownPages(ROOM - 3, ROOM - 3, ListingPage("", None, None, None), [])
    listings = Listings(profile(), {1: KnownListing(ONE, nearly_full)})
    found = refs(listings.revealed_by(page(ROOM + ROOM - 3, f"{ONE}page/{ROOM - 3}/", last_page=2 * ROOM)))
    assert [number for _, number, _, _ in found] == [ROOM - 2, ROOM - 1]


def test_positions_fit_the_database_and_keep_their_order() -> None:
    largest = MOST_LISTINGS * ROOM + ROOM - 1
    assert largest < OWN_PAGES < own_page_position(ROOM + 1, 99_999) < own_page_position(ROOM + 2, 1)
    assert own_page_position(largest, 99_999) < 2**63


def test_a_resumed_crawl_goes_on_with_each_listing_where_it_was() -> None:
    silent = ListingPage("", None, None, None)
    told = ListingPage("", 40, 3, 16)
    other = "https://shop.example/other/"  # the profile was edited since: what the ledger has counts
    listings = Listings(
        profile(),
        {
            1: KnownListing(other, KnownPages(2, 1, silent, [Visit(1, (other,), "a")])),
            2: KnownListing(TWO, KnownPages(3, 1, told, [Visit(1, (TWO,), "b")])),
            3: KnownListing(f"{ONE}c/", KnownPages(1, None, silent, [])),
        },
    )
    assert refs(listings.revealed_by(page(ROOM + 2, f"{other}page/2/"))) == [(ROOM + 3, 3, 1, f"{other}page/3/")]
    assert listings.revealed_by(page(2 * ROOM + 3, f"{TWO}page/3/")) == Step()  # all of its pages are known
    assert refs(listings.revealed_by(page(3 * ROOM + 1, f"{ONE}c/", last_page=2))) == [
        (3 * ROOM + 2, 2, 3, f"{ONE}c/page/2/")
    ]


def test_several_sitemaps_are_named_by_an_index_that_is_none() -> None:
    site = profile(pagination={"strategy": "sitemap"})
    assert not site.has_listings
    assert list(first_pages(site, None)) == [PageRef(2, 1, ONE), PageRef(3, 2, TWO)]


@pytest.mark.parametrize(
    ("url", "start"),
    [
        (f"{TWO}page/2/", TWO),
        (ONE, ONE),
        ("https://shop.example/one?p=2", ONE),
        ("https://shop.example/three/", "https://shop.example/three/"),
    ],
)
def test_a_page_of_which_only_the_url_is_known(url: str, start: str) -> None:
    assert profile().of_page(url).start == start

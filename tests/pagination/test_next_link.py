from __future__ import annotations

import pytest

from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import PAGE_LIMIT, REPEATED_PAGE, SOFT_404, Trail
from ecomscraper.pagination.following import Outcome, SettledPage, Step
from ecomscraper.pagination.next_link import NextLink

SHOP = "https://shop.example/all"


def linking(url: str | None, cards: int = 16, fingerprint: str | None = None) -> ListingPage:
    return ListingPage("", None, None, cards, url, fingerprint)


def step(follower: NextLink, position: int, url: str, next_url: str | None, outcome: Outcome = Outcome.STORED) -> Step:
    return follower.revealed_by(SettledPage(position, (url,), linking(next_url), outcome))


def urls(found: Step) -> list[tuple[int, int, str]]:
    assert found.ending is None
    return [(ref.position, ref.page, ref.url) for ref in found.pages()] if found.pages else []


def test_each_page_reveals_the_next_one() -> None:
    follower = NextLink(1, Trail(100))
    assert urls(step(follower, 1, SHOP, f"{SHOP}?page=2")) == [(2, 2, f"{SHOP}?page=2")]
    assert urls(step(follower, 1, SHOP, f"{SHOP}?page=9")) == []  # it was asked before
    assert urls(step(follower, 2, f"{SHOP}?page=2", f"{SHOP}?page=3#top")) == [(3, 3, f"{SHOP}?page=3")]
    assert urls(step(follower, 3, f"{SHOP}?page=3", None)) == []


@pytest.mark.parametrize("target", [f"{SHOP}?page=2", f"{SHOP}?page=2#top", f"{SHOP}?PHPSESSID=9&page=2"])
def test_a_link_to_the_page_itself_is_no_link(target: str) -> None:
    follower = NextLink(1, Trail(100))
    step(follower, 1, SHOP, f"{SHOP}?page=2")
    assert step(follower, 2, f"{SHOP}?page=2", target) == Step()


@pytest.mark.parametrize("target", [SHOP, f"{SHOP}?osCsid=77", f"{SHOP};jsessionid=5"])
def test_a_link_back_ends_it_by_name(target: str) -> None:
    follower = NextLink(1, Trail(100))
    step(follower, 1, f"{SHOP}?osCsid=1", f"{SHOP}?page=2")
    found = step(follower, 2, f"{SHOP}?page=2", target)
    assert found.pages is None
    assert found.ending == (REPEATED_PAGE, "its next link leads back to page 1")


def test_session_ids_are_left_out_of_what_is_asked_for() -> None:
    found = step(NextLink(1, Trail(100)), 1, SHOP, f"{SHOP};jsessionid=4A?sort=new&PHPSESSID=9f&page=2")
    assert urls(found) == [(2, 2, f"{SHOP}?sort=new&page=2")]


def test_an_endless_pager_ends_at_the_limit() -> None:
    follower = NextLink(1, Trail(2))
    assert urls(step(follower, 1, SHOP, f"{SHOP}?page=2"))
    found = step(follower, 2, f"{SHOP}?page=2", f"{SHOP}?page=3")
    assert found.pages is None
    assert found.ending is not None
    assert found.ending.reason == PAGE_LIMIT


def test_no_more_pages_come_than_are_wanted() -> None:
    follower = NextLink(1, Trail(100), last_wanted=2)
    assert urls(step(follower, 1, SHOP, f"{SHOP}?page=2"))
    assert step(follower, 2, f"{SHOP}?page=2", f"{SHOP}?page=3") == Step()


def test_a_page_that_failed_but_names_the_next_one_does_not_end_the_rest() -> None:
    found = step(NextLink(1, Trail(100)), 1, SHOP, f"{SHOP}?page=2", Outcome.FAILED)
    assert urls(found) == [(2, 2, f"{SHOP}?page=2")]


def test_a_page_that_repeats_is_not_followed() -> None:
    follower = NextLink(1, Trail(100))
    shown = linking(f"{SHOP}?page=2", fingerprint="a")
    assert follower.repeats(1, shown) is None
    follower.revealed_by(SettledPage(1, (SHOP,), shown, Outcome.STORED))
    assert follower.repeats(2, linking(f"{SHOP}?page=3", fingerprint="b")) is None
    assert follower.repeats(2, shown) == (REPEATED_PAGE, "it shows the same products as page 1")
    again = SettledPage(2, (f"{SHOP}?page=2",), linking(f"{SHOP}?page=3", fingerprint="a"), Outcome.ENDED)
    assert follower.revealed_by(again) == Step()


@pytest.mark.parametrize(
    ("reason", "listing", "ends"),
    [
        ("no_cards", linking(None, cards=0), True),
        ("no_cards", linking(f"{SHOP}?page=3", cards=0), False),  # there is more behind it
        ("http_404", linking(None, cards=0), False),  # a link that leads nowhere is a loss
    ],
)
def test_a_link_to_a_page_of_nothing_is_a_soft_404(reason: str, listing: ListingPage, ends: bool) -> None:
    follower = NextLink(1, Trail(100))
    assert follower.ending_of(1, reason, listing) is None
    step(follower, 1, SHOP, f"{SHOP}?page=2")
    ending = follower.ending_of(2, reason, listing)
    assert (ending is not None and ending.reason == SOFT_404) is ends

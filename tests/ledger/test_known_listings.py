"""The ledger of a crawl of several listings: what a resumed crawl and a feed make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine

from ecomscraper.items import Bundle, Product, Sighting, Title
from ecomscraper.ledger.crawls import NewCrawl, begin_crawl
from ecomscraper.ledger.database import write
from ecomscraper.ledger.known_listings import known_listings, stored_pages
from ecomscraper.ledger.ledger import Ledger, PageFailure
from ecomscraper.ledger.results import settled_pages
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endings import Visit
from ecomscraper.pagination.following import KnownListing, KnownPages
from ecomscraper.pagination.page_ref import LISTING_ROOM, MENU, PageRef

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SHOP = "http://shop.example"


def ref(listing: int, page: int) -> PageRef:
    return PageRef(listing * LISTING_ROOM + page, page, f"{SHOP}/{listing}/{page}/", listing=listing)


def product(name: str) -> Product:
    values = dict.fromkeys(name for name in Product.__dataclass_fields__)
    own = {"page": 1, "position": 1, "name": name, "price": Decimal("2.50"), "url": f"{SHOP}/p/{name}"}
    return Product(**{**values, **own, "fetched_at": NOON, "source": {}, "listings": []})  # type: ignore[arg-type]


def shows(of: PageRef, *names: str, **changes: Any) -> Bundle:
    items = [product(name) for name in names]
    sightings = [Sighting(place, item.key) for place, item in enumerate(items, 1)]
    bundle = Bundle(of.position, items, of.url, of.url, 200, NOON, 1_000, sightings=sightings)
    for name, value in changes.items():
        setattr(bundle, name, value)
    return bundle


@pytest.fixture
def ledger(engine: Engine, limits: Any) -> Ledger:
    """Of a crawl whose menu at position 1 is pending."""
    with write(engine) as connection:
        crawl = NewCrawl("shop", "products", {}, {}, [], [])
        menu = PageRef(1, 1, f"{SHOP}/", MENU)
        return Ledger(engine, begin_crawl(connection, crawl, [menu]), limits())


@pytest.fixture
def settle(engine: Engine, ledger: Ledger) -> Callable[..., None]:
    def in_one(*settlements: Any) -> None:
        with write(engine) as connection:
            ledger._apply(connection, settlements)

    return in_one


def feed(engine: Engine, *, to_the_end: bool = False) -> list[tuple[str, int, int, list[str]]]:
    with engine.connect() as connection:
        found = settled_pages(connection, 1, 0, Product, to_the_end=to_the_end)
    return [(item.name, item.page, item.position, item.listings) for item in found.items]


def test_a_product_is_given_once_with_all_listings_that_show_it(engine: Engine, settle: Any) -> None:
    menu = shows(PageRef(1, 1, f"{SHOP}/", MENU))
    menu.new_pages = lambda: [ref(1, 1), ref(2, 1)]
    first = shows(ref(1, 1), "mug", "cup")
    first.new_pages = lambda: [ref(1, 2)]
    assert feed(engine) == []
    settle(menu)
    settle(shows(ref(2, 1), "hat", "mug"))
    settle(first)
    assert feed(engine) == []  # page 2 may show any of them again
    one, two = ref(1, 1).url, ref(2, 1).url
    given = [("mug", 1, 1, [one, two]), ("cup", 1, 2, [one])]
    assert feed(engine, to_the_end=True) == [*given, ("hat", 1, 1, [two])]

    settle(shows(ref(1, 2), "hat", "mug"))

    assert feed(engine) == [*given, ("hat", 2, 1, [one, two])]


def test_a_menu_gives_no_title(engine: Engine, settle: Any) -> None:
    menu = shows(PageRef(1, 1, f"{SHOP}/", MENU))
    menu.new_pages = lambda: [ref(1, 1)]
    settle(menu)
    title = Title(1, "Mugs", "Mugs", "", ref(1, 1).url, ref(1, 1).url, NOON)
    settle(shows(ref(1, 1), items=[title], sightings=[]))
    with engine.connect() as connection:
        assert [item.title for item in settled_pages(connection, 1, 0, Title).items] == ["Mugs"]


def test_what_is_known_of_each_listing(engine: Engine, settle: Any) -> None:
    menu = shows(PageRef(1, 1, f"{SHOP}/", MENU))
    menu.new_pages = lambda: [ref(1, 1), ref(2, 1), ref(3, 1)]
    settle(menu)
    reveals_more = shows(ref(1, 1), "mug", declared_total=40, last_page=3, cards=16, fingerprint="a")
    reveals_more.new_pages = lambda: [ref(1, 2), ref(1, 3)]
    settle(reveals_more, PageFailure(ref(2, 1).position, "timeout"))
    settle(shows(ref(1, 2), "cup", final_url=f"{SHOP}/elsewhere", cards=16, fingerprint="b"))

    with engine.connect() as connection:
        known = known_listings(connection, 1, most_followed=2)
        assert stored_pages(connection, 1) == 3
        short = known_listings(connection, 1, most_followed=1)

    visits = [
        Visit(1, (ref(1, 1).url, ref(1, 1).url), "a", True),
        Visit(2, (ref(1, 2).url, f"{SHOP}/elsewhere"), "b", True),
    ]
    silent = ListingPage("", None, None, None)
    failed = [Visit(1, (ref(2, 1).url, ref(2, 1).url), None, False)]
    assert known == {
        1: KnownListing(ref(1, 1).url, KnownPages(3, 2, ListingPage("", 40, 3, 16), visits)),
        2: KnownListing(ref(2, 1).url, KnownPages(1, None, silent, failed)),
        3: KnownListing(ref(3, 1).url, KnownPages(1, None, silent, [])),
    }
    assert short[1].pages.visits == []  # longer than what is followed page by page

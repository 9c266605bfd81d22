from __future__ import annotations

from typing import Any

import pytest

from ecomscraper.pages.sitemap import MOST_ENTRIES, Sitemap
from ecomscraper.pagination.page_ref import own_page_position
from ecomscraper.pagination.sitemap import products_in, sitemaps_in
from ecomscraper.sites.profile import SiteProfile

SHOP = "https://shop.example"


def profile(**pagination: Any) -> SiteProfile:
    return SiteProfile.model_validate(
        {"name": "acme", "start": f"{SHOP}/sitemap.xml", "pagination": {"strategy": "sitemap", **pagination}}
    )


def index(*names: str) -> Sitemap:
    return Sitemap(True, tuple(f"{SHOP}/{name}.xml" for name in names))


def test_an_index_reveals_its_sitemaps_in_order() -> None:
    found = list(sitemaps_in(index("pages", "products-1", "products-2", "products-1"), 1, profile()))
    assert [(ref.position, ref.page, ref.url) for ref in found] == [
        (2, 2, f"{SHOP}/pages.xml"),
        (3, 3, f"{SHOP}/products-1.xml"),
        (4, 4, f"{SHOP}/products-2.xml"),
    ]
    assert products_in(index("pages"), profile()) == []


def test_the_profile_says_which_sitemaps_and_which_addresses_are_of_products() -> None:
    site = profile(sitemap_urls="products-", product_urls=r"/p/\d+$")
    assert [ref.url for ref in sitemaps_in(index("pages", "products-1"), 1, site)] == [f"{SHOP}/products-1.xml"]
    pages = Sitemap(False, (f"{SHOP}/p/1", f"{SHOP}/about", f"{SHOP}/p/2", f"{SHOP}/p/1"))
    assert products_in(pages, site) == [f"{SHOP}/p/1", f"{SHOP}/p/2"]
    assert list(sitemaps_in(pages, 1, site)) == []


def test_an_index_within_an_index_has_room_of_its_own_and_one_within_that_none() -> None:
    first = [ref.position for ref in sitemaps_in(index(*map(str, range(MOST_ENTRIES))), 1, profile())]
    within = [ref.position for ref in sitemaps_in(index("a", "b"), first[0], profile())]
    last_within = [ref.position for ref in sitemaps_in(index("a"), first[-1], profile())]
    assert first == list(range(2, MOST_ENTRIES + 2))
    assert first[-1] < within[0] < within[1] < last_within[0]
    assert list(sitemaps_in(index("a"), within[0], profile())) == []


@pytest.mark.parametrize("position", [1, 2, 10**10])
def test_own_pages_keep_the_order_of_the_listing(position: int) -> None:
    places = [own_page_position(position, place) for place in (1, MOST_ENTRIES)]
    assert places[0] < places[1] < own_page_position(position + 1, 1) < 2**63

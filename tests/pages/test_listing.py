"""What a listing page says of itself; whole pages are under tests/saved_pages."""

from __future__ import annotations

from typing import Any

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.listing import ListingPage, read_listing
from ecomscraper.sites.profile import SiteProfile


def profile(page_url: str = "page/{page}/", **tables: Any) -> SiteProfile:
    pagination = {"page_url": page_url, "pager": "nav"}
    defaults = {"pagination": pagination, "expectations": {"total": "p"}, "listing": {"card": "li"}}
    return SiteProfile.model_validate({"name": "acme", "start": "https://shop.example/all/", **defaults, **tables})


def read(html: str, site: SiteProfile | None = None) -> ListingPage:
    return read_listing(parse_document(html.encode(), url="https://shop.example/all/"), site or profile())


@pytest.mark.parametrize(
    ("html", "total"),
    [
        ("<p>Showing 177&ndash;188 of 188 results</p>", 188),
        ("<p>1000 results - showing 1 to 20.</p>", 1000),
        ("<p>1\u202f234 produits</p>", 1234),
        ("<p>1.234 Artikel</p>", 1234),
        ("<p>Showing all 12 results</p>", 12),
        ("<p>Showing the single result</p>", 1),
        ("<p>Einzelnes Ergebnis wird angezeigt</p>", 1),
        ("<p>Mostrando el único resultado</p>", 1),
        ("<p>Affichage de l’unique résultat</p>", 1),
        ("<p>0 results</p>", 0),
        ("<p>Singles and albums</p>", None),
        ("<p>No products found</p>", None),
        ("<p></p>", None),
        ("", None),
        ("<p><b>1000</b> results - showing <b>1</b> to <b>20</b></p><p>of them</p>", 1000),
    ],
)
def test_declared_total(html: str, total: int | None) -> None:
    assert read(html).declared_total == total


@pytest.mark.parametrize(
    ("html", "total"),
    [
        ("<p>Page 900 with 48 of 188 items</p>", 188),
        ("<p>48 of 1,188 items</p>", 1188),
        ("<p>48 items</p>", None),
        ("", None),
    ],
)
def test_declared_total_by_a_pattern(html: str, total: int | None) -> None:
    site = profile(expectations={"total": "p", "total_pattern": r"of ([\d,]+)"})
    assert read(html, site).declared_total == total


@pytest.mark.parametrize(
    ("nav", "last_page"),
    [
        ("<a>1</a><a>2</a>…<a>12</a><a>next</a>", 12),
        ("<a>1</a><a>11</a><b>12</b>", 12),
        ("<b>1</b>", 1),
        ("Page 1 of 50 <a href='page/2/'>next</a>", 50),
        ("Page <b>1</b> of <b>50</b>", 50),
        ("<a href='/all/page/12/'>last</a>", 12),
        ("<a href='https://shop.example/all/page/12/?orderby=price'>last</a>", 12),
        ("<a href='http://127.0.0.1:8000/all/page/12'>last</a>", 12),
        ("<a href='/other/page/12/'>elsewhere</a>", None),
        ("<a href='/all/page/12/reviews.html'>reviews</a>", None),
        ("<a href='/all/page/1234567890/'>endless</a>", None),
        ("<a>0</a>", None),
        ("<a>previous</a><a>next</a>", None),
        ("<p>188 results</p>", None),
        ("", None),
    ],
)
def test_last_page_of_a_pager(nav: str, last_page: int | None) -> None:
    assert read(f"<a href='/all/page/99/'>99</a><nav>{nav}</nav>").last_page == last_page


@pytest.mark.parametrize(
    ("page_url", "href", "last_page"),
    [
        ("?page={page}", "?page=94", 94),
        ("?page={page}", "?sort=name&page=94&size=20", 94),
        ("?page={page}", "?subpage=94", None),
        ("?sort=name&page={page}", "?page=94", 94),
        ("page-{page}.html", "page-50.html", 50),
        ("page-{page}.html", "page-50.htmlx", None),
        ("https://cdn.example/p{page}", "/p7", 7),
    ],
)
def test_last_page_of_links(page_url: str, href: str, last_page: int | None) -> None:
    assert read(f"<nav><a href='{href}'>last</a></nav>", profile(page_url)).last_page == last_page


def test_a_profile_without_selectors_reads_the_title_only() -> None:
    site = profile(pagination={"page_url": "{page}"}, expectations={}, listing={})
    found = read("<title>Acme</title><p>188</p><nav>12</nav><li>", site)
    assert found == ListingPage(title="Acme", declared_total=None, last_page=None, cards=None)


def test_cards_are_counted_and_the_title_is_where_the_profile_says() -> None:
    found = read("<title>Acme</title><h1>All</h1><ul><li><li><li></ul>", profile(title="h1"))
    assert (found.title, found.cards) == ("All", 3)

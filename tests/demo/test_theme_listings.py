"""The listings of all themes, read by selectors that are written down here: they show the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from parsel import Selector

from ecomscraper.demo.catalogue import Catalogue, in_theme
from ecomscraper.demo.categories import CATEGORIES, Category
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.options import PastEnd
from ecomscraper.demo.themes.site import Site
from ecomscraper.demo.themes.theme import THEMES


@dataclass(frozen=True)
class Look:
    """CSS by which a theme's listing is read; "never" matches nothing."""

    card: str
    name: str
    link: str
    price: str
    next: str
    old: str = "never"
    total: str = "never"
    sold_out: str = "never"
    menu: str = ""
    sku: str = "never"


LOOKS = {
    "bootstrap": Look(
        card="div.card.thumbnail",
        name="a.title::attr(title)",
        link="a.title::attr(href)",
        price="h4.price > span::text",
        old="h4.price > s::text",
        next="ul.pagination li.page-item a.page-link[rel=next]::attr(href)",
        total="#count::text",
        menu="#side-menu a::attr(href)",
    ),
    "books": Look(
        card="article.product_pod",
        name="h3 > a::attr(title)",
        link="h3 > a::attr(href)",
        price="p.price_color::text",
        next="ul.pager li.next a::attr(href)",
        total="form.form-horizontal strong:first-child::text",
        sold_out="p.outofstock",
        menu=".side_categories li li a::attr(href)",
    ),
    "magento": Look(
        card="li.item.product.product-item",
        name="a.product-item-link::text",
        link="a.product-item-link::attr(href)",
        price="[data-price-type=finalPrice] .price::text",
        old=".old-price .price::text",
        next=".pages a.next::attr(href)",
        total=".toolbar-amount .toolbar-number:last-child::text",
        sold_out=".stock.unavailable",
        menu="nav.navigation a::attr(href)",
    ),
    "prestashop": Look(
        card="article.product-miniature",
        name=".product-title a::text",
        link=".product-title a::attr(href)",
        price="span.price::text",
        old="span.regular-price::text",
        next="nav.pagination a.next::attr(href)",
        total=".total-products p::text",
        menu="#top-menu a::attr(href)",
    ),
    "shopify": Look(
        card="li.grid__item",
        name=".card__heading a::text",
        link=".card__heading a::attr(href)",
        price=".price-item--sale::text",
        old="s.price-item--regular::text",
        next="nav.pagination a[aria-label='Next page']::attr(href)",
        total="#ProductCount::text",
        sold_out=".price--sold-out",
        menu=".header__menu-item::attr(href)",
    ),
    "next": Look(
        card="article",
        name="h2::text",
        link="a::attr(href)",
        price="[class^=Price_current]::text",
        old="[class^=Price_old]::text",
        next="nav a[aria-label='Nächste Seite']::attr(href)",
        total="[class^=Listing_count]::text",
        menu="header nav a::attr(href)",
    ),
    "japanese": Look(
        card="li.ec-shelfGrid__item",
        name=".ec-shelfGrid__item-name::text",
        link="a::attr(href)",
        price=".price02-default::text",
        old=".price01-default s::text",
        next=".ec-pager__item--next a::attr(href)",
        total=".ec-font-bold::text",
        sold_out=".ec-shelfGrid__sold-out",
        menu=".ec-itemNav a::attr(href)",
    ),
    "plain": Look(
        card="tbody tr",
        name="a::text",
        link="a::attr(href)",
        price="td:nth-child(3)::text",
        next="a[rel=next]::attr(href)",
        menu="body > p:nth-child(2) a::attr(href)",
        sku="td:first-child::text",
    ),
}
each_theme = pytest.mark.parametrize("theme", LOOKS)


def amount(text: str, currency: str) -> Decimal:
    digits = Decimal(re.sub(r"[^0-9]", "", text))
    return digits if currency == "JPY" or text.endswith(".–") else digits.scaleb(-2)


def collapsed(text: str | None) -> str:
    return " ".join((text or "").split())


def pages_of(shop: Any, start: str, look: Look) -> list[tuple[str, Selector]]:
    """(address, page) from `start` along the links to the next page."""
    pages, path = [], start
    while True:
        page = Selector(shop.get(path))
        pages.append((path, page))
        following = page.css(look.next).get()
        if following is None:
            return pages
        path = urljoin(path, following)
        assert len(pages) < 50


def check_card(card: Selector, look: Look, site: Site, product: DemoProduct, path: str) -> None:
    assert collapsed(card.css(look.name).get()) == product.name
    assert urljoin(path, card.css(look.link).get() or "") == site.product_path(product)
    assert amount(card.css(look.price).get() or "", product.currency) == product.price
    told = site.theme.on_card
    if "regular_price" in told:
        old = card.css(look.old).get()
        assert bool(old) == product.on_sale
        assert (amount(old, product.currency) if old else product.price) == product.regular_price
    if "image" in told:
        assert urljoin(path, card.css("img::attr(src)").get() or "") == product.image
    if look.sold_out != "never":
        assert "in_stock" in told
        assert bool(card.css(look.sold_out)) != product.in_stock
    if look.sku != "never":
        assert card.css(look.sku).get() == product.sku


@each_theme
@pytest.mark.parametrize("category", [None, *CATEGORIES])
def test_next_links_lead_over_the_whole_listing(
    serve: Callable[..., Any], theme: str, category: Category | None
) -> None:
    shop, look, site = serve(), LOOKS[theme], Site(f"/t/{theme}", THEMES[theme])
    catalogue = Catalogue() if category is None else Catalogue().in_category(category)
    pages = pages_of(shop, site.listing_path(category), look)
    assert len(pages) == catalogue.pages
    cards = [(card, path) for path, page in pages for card in page.css(look.card)]
    for (card, path), product in zip(cards, catalogue, strict=True):
        check_card(card, look, site, in_theme(product, site.theme), path)
    for path, page in pages:
        totals = [collapsed(text) for text in page.css(look.total).getall()]
        assert site.theme.tells_total == bool(totals)
        assert all(re.findall(r"\d+", text)[-1] == str(catalogue.total) for text in totals)
        menu = [urljoin(path, link) for link in page.css(look.menu).getall()]
        assert menu == [f"/t/{theme}/ecommerce/category/{known.slug}/" for known in CATEGORIES]
        title = page.css("head > title::text").get() or ""
        assert title.endswith(" – demo.localhost")
    assert len({page.css("head > title::text").get() for _, page in pages}) == len(pages)


@each_theme
def test_each_page_has_its_own_address(serve: Callable[..., Any], theme: str) -> None:
    shop, site = serve(), Site(f"/t/{theme}", THEMES[theme])
    for page in (1, 7, 12):
        body = shop.get(site.page_path(page))
        shown = [product for product in Catalogue() if re.search(rf"\b{product.slug}\b", body)]
        assert shown == Catalogue().page(page)


@each_theme
def test_a_theme_at_the_root(serve: Callable[..., Any], theme: str) -> None:
    shop = serve(theme=theme, products=40)
    pages = pages_of(shop, "/ecommerce/", LOOKS[theme])
    assert [len(page.css(LOOKS[theme].card)) for _, page in pages] == [16, 16, 8]


@each_theme
def test_a_listing_of_one_page_has_no_pager(serve: Callable[..., Any], theme: str) -> None:
    assert len(pages_of(serve(products=16), f"/t/{theme}/ecommerce/", LOOKS[theme])) == 1


@each_theme
def test_an_endless_listing_has_no_last_page(serve: Callable[..., Any], theme: str) -> None:
    site = Site(f"/t/{theme}", THEMES[theme])
    page = Selector(serve(past_end=PastEnd.ENDLESS).get(site.page_path(12)))
    following = page.css(LOOKS[theme].next).get()
    assert urljoin(site.page_path(12), following or "") == site.page_path(13)


def test_version_2_and_growth(serve: Callable[..., Any]) -> None:
    shop = serve(version=2, grow_products=2, grow_after_requests=1)
    first, second = (shop.get("/t/japanese/ecommerce/") for _ in range(2))
    assert ("189件" in first, "191件" in second) == (True, True)

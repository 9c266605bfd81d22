"""Which page of a theme answers at which address, in all themes but the default one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ecomscraper.demo.addresses import CATEGORY_PATH, LISTING_PATH
from ecomscraper.demo.answer import Answer
from ecomscraper.demo.categories import category_called
from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.options import PastEnd
from ecomscraper.demo.past_end import is_found, page_shown
from ecomscraper.demo.themes import books, bootstrap, japanese, magento, nextjs, plain, prestashop, shopify
from ecomscraper.demo.themes.frame import framed
from ecomscraper.demo.themes.listing_view import ListingView
from ecomscraper.demo.themes.shelf import Shelf
from ecomscraper.demo.themes.site import Site


class Pages(NamedTuple):
    """How one theme prints its pages."""

    listing: Callable[[ListingView], Document]
    product: Callable[[Site, DemoProduct], Document]


PAGES_OF_THEME = {
    "bootstrap": Pages(bootstrap.listing, bootstrap.product),
    "books": Pages(books.listing, books.product),
    "magento": Pages(magento.listing, magento.product),
    "prestashop": Pages(prestashop.listing, prestashop.product),
    "shopify": Pages(shopify.listing, shopify.product),
    "next": Pages(nextjs.listing, nextjs.product),
    "japanese": Pages(japanese.listing, japanese.product),
    "plain": Pages(plain.listing, plain.product),
}


def themed_answer(shelf: Shelf, path: str, query: Mapping[str, str], past_end: PastEnd) -> Answer | None:
    """The page at `path` (without the site's base), or None if there is none."""
    pages = PAGES_OF_THEME[shelf.site.theme.name]
    if slug := shelf.site.product_slug(path):
        product = shelf.by_slug(slug)
        return Answer(200, pages.product(shelf.site, product)) if product else None
    listed = _listed(shelf, path)
    if listed is None:
        return None
    shelf, below = listed
    page = shelf.site.page_number(below, query)
    if page is None:
        return None
    shows = page_shown(page, shelf.catalogue.pages, past_end)
    if shows is None:
        nothing = framed(shelf.site.theme, "404", "<main><h1>404</h1></main>\n")
        return Answer(200 if is_found(past_end) else 404, nothing)
    return Answer(200, pages.listing(ListingView(shelf, page, shows, past_end is PastEnd.ENDLESS)))


def _listed(shelf: Shelf, path: str) -> tuple[Shelf, str] | None:
    """The whole shelf or one category's, and what follows its address; None if it is no listing's."""
    if path.startswith(CATEGORY_PATH):
        slug, slash, below = path.removeprefix(CATEGORY_PATH).partition("/")
        category = category_called(slug)
        return (shelf.in_category(category), below) if category and slash else None
    return (shelf, path.removeprefix(LISTING_PATH)) if path.startswith(LISTING_PATH) else None

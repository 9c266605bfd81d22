"""The pages of the default theme: a WooCommerce shop, with the weight that real pages have."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ecomscraper.demo.addresses import CART_PATH, CATEGORY_PATH, FRAGMENT_PATH, LISTING_PATH, PRODUCT_PATH, SCROLL_PATH
from ecomscraper.demo.answer import Answer, redirect
from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.categories import category_called
from ecomscraper.demo.document import Document
from ecomscraper.demo.markup import (
    cards_html,
    listing_document,
    not_found_document,
    scroll_document,
    shop_document,
)
from ecomscraper.demo.options import PastEnd, ShopOptions
from ecomscraper.demo.past_end import is_found, page_shown
from ecomscraper.demo.product_page import product_document

NOT_FOUND = Answer(404, not_found_document())
_SOFT_NOT_FOUND = Answer(200, not_found_document())
_LISTING = re.compile(rf"({LISTING_PATH}|{CATEGORY_PATH}([a-z-]+)/)(?:page/([1-9][0-9]{{0,15}})/)?")
_PRODUCT = re.compile(rf"{PRODUCT_PATH}([a-z0-9-]+)/")
_PAGE = re.compile("[1-9][0-9]{0,15}")


def default_answer(catalogue: Catalogue, path: str, query: Mapping[str, str], options: ShopOptions) -> Answer | None:
    """The page at `path`, or None if there is none."""
    if match := _LISTING.fullmatch(path):
        return _listing(catalogue, match, options)
    if match := _PRODUCT.fullmatch(path):
        product = catalogue.by_slug(match[1])
        return Answer(200, product_document(product, small=options.small)) if product else None
    if path == CART_PATH:
        cart = shop_document("Cart", "<p>Your cart is empty.</p>\n", body_class="cart", small=True)
        return Answer(200, cart)
    if path == SCROLL_PATH:
        return Answer(200, scroll_document(catalogue, small=options.small))
    if path == FRAGMENT_PATH:
        return _fragment(catalogue, query.get("page", "1"), small=options.small)
    return None


def _listing(catalogue: Catalogue, address: re.Match[str], options: ShopOptions) -> Answer | None:
    first_page, slug, number = address.groups()
    if number == "1":
        return redirect(301, first_page)
    if slug:
        category = category_called(slug)
        if category is None:
            return None
        catalogue = catalogue.in_category(category)
    page = int(number or 1)
    shows = page_shown(page, catalogue.pages, options.past_end)
    if shows is None:
        return _SOFT_NOT_FOUND if is_found(options.past_end) else None
    endless = options.past_end is PastEnd.ENDLESS
    return Answer(200, listing_document(catalogue, page, small=options.small, shows=shows, endless=endless))


def _fragment(catalogue: Catalogue, page: str, *, small: bool) -> Answer | None:
    """The cards of one page and nothing else; an empty answer beyond the end."""
    if not _PAGE.fullmatch(page):
        return None
    return Answer(200, Document((cards_html(catalogue.page(int(page)), small=small).encode(),)))

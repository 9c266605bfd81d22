"""The paths of the demo shop."""

from __future__ import annotations

import re

CANONICAL_HOST = "demo.localhost"  # by which the shop is known, whatever port it runs on
CANONICAL_ORIGIN = f"http://{CANONICAL_HOST}"
LISTING_PATH = "/ecommerce/"
FIRST_PAGE_ALIAS = f"{LISTING_PATH}page/1/"  # how pagers link the first page; it redirects
CATEGORY_PATH = f"{LISTING_PATH}category/"  # and the category's slug
SCROLL_PATH = f"{LISTING_PATH}scroll/"  # the listing that grows by a button …
FRAGMENT_PATH = f"{LISTING_PATH}load"  # … which loads `?page=N`
PRODUCT_PATH = "/product/"  # and the product's slug
CART_PATH = "/cart/"
_PAGE = re.compile(rf"{LISTING_PATH}page/([1-9][0-9]{{0,15}})/")


def listing_path(page: int) -> str:
    """The path of page `page` (from 1) that answers without a redirect."""
    return LISTING_PATH if page == 1 else linked_path(page)


def linked_path(page: int) -> str:
    """The path that a pager links page `page` with."""
    return f"{LISTING_PATH}page/{page}/"


def page_of_listing(path: str) -> int | None:
    """The number of the listing page that `path` answers with by itself, or None."""
    if path == LISTING_PATH:
        return 1
    match = _PAGE.fullmatch(path)
    return int(match[1]) if match and path != FIRST_PAGE_ALIAS else None

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
ENDPOINT_PATH = "/api/product/"  # and a number: that product alone, as JSON
_LATER_PAGE = r"page(?:/(?!1/)[1-9][0-9]{0,15}/|-(?!1\.)[1-9][0-9]{0,14}\.html)"
_PRODUCT_OR_LATER_PAGE = re.compile(
    rf"(?:/t/[a-z]+)?(?:/products?/[^/]+/?|{ENDPOINT_PATH}[1-9][0-9]{{0,14}}|{LISTING_PATH}(?:category/[a-z-]+/)?{_LATER_PAGE})"
)


def listing_path(page: int) -> str:
    """The path of page `page` (from 1) that answers without a redirect."""
    return LISTING_PATH if page == 1 else linked_path(page)


def linked_path(page: int) -> str:
    """The path that a pager links page `page` with."""
    return f"{LISTING_PATH}page/{page}/"


def is_product_or_later_page(path: str) -> bool:
    """Whether `path` is that of a product, as page or as JSON, or of a page of a listing or category after the first,
    in any theme."""
    return _PRODUCT_OR_LATER_PAGE.fullmatch(path) is not None

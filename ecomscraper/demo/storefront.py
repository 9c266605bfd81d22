"""Which answer belongs to which address of the demo shop. Pure: no clock, no network, no faults."""

from __future__ import annotations

import re
from functools import lru_cache

from ecomscraper.demo.addresses import FIRST_PAGE_ALIAS, LISTING_PATH, page_of_listing
from ecomscraper.demo.answer import Answer, redirect
from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.document import Document
from ecomscraper.demo.markup import listing_document, not_found_document, shop_document
from ecomscraper.demo.options import PastEnd, ShopOptions
from ecomscraper.demo.product_page import product_document

_PAGES_KEPT = 64  # finished pages kept in memory: at most 8 MB, and all of a default shop
_PRODUCT = re.compile(r"/product/([a-z0-9-]+)/")


class Storefront:
    """All addresses of one shop. The latest answers are kept, and with them what was computed for them."""

    def __init__(self, options: ShopOptions) -> None:
        self._options = options
        self._catalogue = Catalogue(options.products, options.seed)
        self._not_found = Answer(404, not_found_document())
        self._soft_not_found = Answer(200, not_found_document())
        self._answer = lru_cache(maxsize=_PAGES_KEPT)(self._built_answer)

    def answer(self, path: str, added: int = 0) -> Answer:
        """The answer for `path` (without query) when `added` products were put in front of the listing."""
        return self._answer(path, added)

    def catalogue(self, added: int = 0) -> Catalogue:
        """What is for sale when `added` products were put in front of the listing."""
        return Catalogue(self._options.products, self._options.seed, added)

    def _built_answer(self, path: str, added: int) -> Answer:
        if path == FIRST_PAGE_ALIAS:
            return redirect(301, LISTING_PATH)
        if page := page_of_listing(path):
            return self._listing(page, added)
        if match := _PRODUCT.fullmatch(path):
            return self._product(match[1], added)
        match path:
            case "/":
                return redirect(302, LISTING_PATH)
            case "/robots.txt":
                text = Document((self._options.robots.encode(),))
                return Answer(self._options.robots_status, text, "text/plain; charset=UTF-8")
            case "/cart/":
                cart = shop_document("Cart", "<p>Your cart is empty.</p>\n", body_class="cart", small=True)
                return Answer(200, cart)
        if not path.endswith("/") and self._built_answer(f"{path}/", added).status == 200:
            return redirect(301, f"{path}/")
        return self._not_found

    def _listing(self, page: int, added: int) -> Answer:
        catalogue, small = self.catalogue(added), self._options.small
        past_end = self._options.past_end
        endless = past_end is PastEnd.ENDLESS
        shows = page
        if page > catalogue.pages:
            if past_end is PastEnd.NOT_FOUND:
                return self._not_found
            if past_end is PastEnd.SOFT_404:
                return self._soft_not_found
            shows = (page - 1) % catalogue.pages + 1 if endless else catalogue.pages
        return Answer(200, listing_document(catalogue, page, small=small, shows=shows, endless=endless))

    def _product(self, slug: str, added: int) -> Answer:
        product = self.catalogue(added).by_slug(slug)
        if product is None:
            return self._not_found
        return Answer(200, product_document(product, small=self._options.small))

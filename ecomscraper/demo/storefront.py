"""Which answer belongs to which address of the demo shop. Pure: no clock, no network, no faults."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl

from ecomscraper.demo.addresses import (
    CANONICAL_ORIGIN,
    CART_PATH,
    FIRST_PAGE_ALIAS,
    FRAGMENT_PATH,
    LISTING_PATH,
    PRODUCT_PATH,
)
from ecomscraper.demo.answer import Answer, redirect
from ecomscraper.demo.api.endpoints import is_product_endpoint, product_answer
from ecomscraper.demo.api.paths import API_OF_PATH
from ecomscraper.demo.api.question import Question
from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.default_pages import NOT_FOUND, default_answer
from ecomscraper.demo.document import Document
from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.sitemaps import sitemap_answer
from ecomscraper.demo.themes.pages import themed_answer
from ecomscraper.demo.themes.shelf import Shelf
from ecomscraper.demo.themes.site import Site
from ecomscraper.demo.themes.theme import DEFAULT, THEMES

_PAGES_KEPT = 64  # finished pages kept in memory: at most 8 MB, and all of a default shop
_SITE = re.compile(r"(?:/t/([a-z]+)(?=/|$))?(.*)", re.DOTALL)
_SAME_FOR_ALL_QUERIES = (LISTING_PATH, PRODUCT_PATH, CART_PATH)  # of the default theme
_GUESSED_PRODUCT = re.compile(r"/products/([a-z0-9-]+)/?")  # as clients of `/products.json` guess it


class Storefront:
    """All addresses of one shop: its own look at the root, the others below `/t/<theme>/`.

    The latest answers are kept, and with them what was computed for them.
    """

    def __init__(self, options: ShopOptions) -> None:
        self._options = options
        self._answer = lru_cache(maxsize=_PAGES_KEPT)(self._built_answer)

    def answer(self, path: str, added: int = 0, query: str = "", origin: str = CANONICAL_ORIGIN) -> Answer:
        """The answer for `path` and `query` when `added` products were put in front of the listing.

        `origin` is the scheme and host that absolute addresses in the answer begin with.
        """
        if path.startswith(_SAME_FOR_ALL_QUERIES) and path != FRAGMENT_PATH and self._options.theme == DEFAULT:
            query, origin = "", CANONICAL_ORIGIN
        return self._answer(path, added, query, origin)

    def catalogue(self, added: int = 0) -> Catalogue:
        """What is for sale when `added` products were put in front of the listing."""
        options = self._options
        return Catalogue(options.products, options.seed, added, options.version)

    @staticmethod
    def is_listing(path: str) -> bool:
        """Whether the address shows a part of the listing, in any look or as an API does."""
        below = _below(path)[1]
        return (below.startswith(LISTING_PATH) and below != FIRST_PAGE_ALIAS) or below in API_OF_PATH

    def _built_answer(self, path: str, added: int, query: str, origin: str) -> Answer:
        name, below = _below(path)
        if name in (None, *_OTHER_THEMES):
            site = Site(f"/t/{name}", THEMES[name]) if name else Site("", THEMES[self._options.theme])
            parameters = dict(parse_qsl(query, keep_blank_values=True))
            question = Question(Shelf(site, self.catalogue(added)), path, parameters, origin)
            return self._answer_of(question, below) or self._moved(question, below) or NOT_FOUND
        return NOT_FOUND

    def _answer_of(self, question: Question, below: str) -> Answer | None:
        """The answer at an address below the site's, or None if there is nothing."""
        shelf = question.shelf
        if api := API_OF_PATH.get(below):
            return api(question)
        if is_product_endpoint(below):
            return product_answer(question)
        if sitemap := sitemap_answer(shelf, below, question.origin):
            return sitemap
        if below == "/":
            return redirect(302, shelf.site.listing_path())
        if question.path == "/robots.txt":
            text = self._options.robots.replace("{origin}", question.origin)
            return Answer(self._options.robots_status, Document((text.encode(),)), "text/plain; charset=UTF-8")
        if shelf.site.theme.name == DEFAULT:
            return default_answer(shelf.catalogue, below, question.query, self._options)
        return themed_answer(shelf, below, question.query, self._options.past_end)

    def _moved(self, question: Question, below: str) -> Answer | None:
        """A redirect from an address without its slash, or from where another shop would have the product."""
        site = question.shelf.site
        if match := _GUESSED_PRODUCT.fullmatch(below):
            product = question.shelf.by_slug(match[1])
            return redirect(301, site.product_path(product)) if product else None
        if below.endswith("/"):
            return None
        right = self._answer_of(question, f"{below}/")
        return redirect(301, f"{site.base}{below}/") if right and right.status in (200, 302) else None


_OTHER_THEMES = tuple(name for name in THEMES if name != DEFAULT)


def _below(path: str) -> tuple[str | None, str]:
    """The theme in an address, if there is one, and what follows it."""
    match = _SITE.fullmatch(path)
    assert match is not None
    return match[1], match[2]

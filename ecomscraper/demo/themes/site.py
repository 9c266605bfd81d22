"""The addresses of one look of the shop: at the root, or below `/t/<theme>/`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ecomscraper.demo.addresses import CATEGORY_PATH, LISTING_PATH
from ecomscraper.demo.catalogue import PRODUCTS_PER_PAGE
from ecomscraper.demo.categories import Category
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.themes.theme import Theme

_NUMBER = "([0-9]{1,15})"


@dataclass(frozen=True)
class Site:
    """All paths begin with `base`, which is "" or "/t/<theme>"."""

    base: str
    theme: Theme

    @property
    def home_path(self) -> str:
        return f"{self.base}/"

    def listing_path(self, category: Category | None = None) -> str:
        """The first page of the whole listing, or of one category."""
        return self.base + (f"{CATEGORY_PATH}{category.slug}/" if category else LISTING_PATH)

    def page_path(self, page: int, category: Category | None = None) -> str:
        """Page `page` (from 1), numbered also where it is the first one."""
        return self.listing_path(category) + self.theme.page.format(page=page, first=(page - 1) * PRODUCTS_PER_PAGE)

    def product_path(self, product: DemoProduct) -> str:
        """The product's own page."""
        return self.base + self.theme.product.format(slug=product.slug)

    def page_number(self, below: str, query: Mapping[str, str]) -> int | None:
        """The number of the page that is addressed by what follows the listing's path; None if there is none."""
        name = self._page_parameter
        if name:
            text, rest = query.get(name), below
        else:
            match = re.fullmatch(self.theme.page.format(page=_NUMBER).replace(".", r"\."), below)
            text, rest = (match[1], "") if match else (None, below)
        if rest:
            return None
        if text is None:
            return 1
        if not re.fullmatch(_NUMBER, text):
            return None
        if "{first}" in self.theme.page:
            place, rest_of_page = divmod(int(text), PRODUCTS_PER_PAGE)
            return place + 1 if rest_of_page == 0 else None
        return int(text) or None

    def product_slug(self, path: str) -> str | None:
        """The slug in the address of a product's own page (without `base`), or None."""
        match = self._product_pattern.fullmatch(path)
        return match[1] if match else None

    @cached_property
    def _product_pattern(self) -> re.Pattern[str]:
        return re.compile(self.theme.product.format(slug="([a-z0-9-]+)"))

    @cached_property
    def _page_parameter(self) -> str:
        """The name in the query that numbers pages, or "" where the path does."""
        match = re.fullmatch(r"\?(\w+)=.*", self.theme.page)
        return match[1] if match else ""


def relative(path: str, seen_from: str) -> str:
    """The address of `path` as a page at `seen_from` (a path too) may link it: "../product/x/"."""
    link = posixpath.relpath(path, posixpath.dirname(seen_from))
    return f"{link}/" if path.endswith("/") else link

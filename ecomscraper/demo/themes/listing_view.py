"""What a theme prints of one page of a listing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ecomscraper.demo.catalogue import PRODUCTS_PER_PAGE
from ecomscraper.demo.categories import CATEGORIES, Category
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, numbers_in_pager
from ecomscraper.demo.themes.shelf import Shelf
from ecomscraper.demo.themes.site import Site


@dataclass(frozen=True, slots=True)
class ListingView:
    """Page `page` (from 1) of a shelf, with the products of page `shows`; `endless` always offers a next page."""

    shelf: Shelf
    page: int
    shows: int
    endless: bool

    @property
    def site(self) -> Site:
        return self.shelf.site

    @property
    def category(self) -> Category | None:
        return self.shelf.catalogue.category

    @property
    def heading(self) -> str:
        return self.category.name if self.category else SHOP_NAME

    @property
    def products(self) -> list[DemoProduct]:
        return self.shelf.page(self.shows)

    @property
    def total(self) -> int:
        return self.shelf.catalogue.total

    @property
    def first(self) -> int:
        """The number (from 1) of the first product shown."""
        return (self.page - 1) * PRODUCTS_PER_PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.products) - 1

    @property
    def last_page(self) -> int:
        pages = self.shelf.catalogue.pages
        return max(pages, self.page + 1) if self.endless else pages

    @property
    def path(self) -> str:
        """The address of this page."""
        return self.path_of(self.page)

    @property
    def next_path(self) -> str | None:
        return self.path_of(self.page + 1) if self.page < self.last_page else None

    @property
    def previous_path(self) -> str | None:
        return self.path_of(self.page - 1) if self.page > 1 else None

    @property
    def numbers(self) -> list[int]:
        """The pages that a pager names; none where one page is all there is."""
        return numbers_in_pager(self.last_page, self.page) if self.last_page > 1 else []

    def path_of(self, page: int) -> str:
        """The address by which a page is linked: the first one has no number in it."""
        if page == 1:
            return self.site.listing_path(self.category)
        return self.site.page_path(page, self.category)


def menu(site: Site) -> Iterator[tuple[str, str]]:
    """(address, name) of each category."""
    return ((site.listing_path(category), category.name) for category in CATEGORIES)

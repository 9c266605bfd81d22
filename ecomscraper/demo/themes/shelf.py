"""The catalogue as one look of the shop sells it."""

from __future__ import annotations

from dataclasses import dataclass

from ecomscraper.demo.catalogue import Catalogue, in_theme
from ecomscraper.demo.categories import Category
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.themes.site import Site


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products with the theme's prices, and the addresses they have there."""

    site: Site
    catalogue: Catalogue

    def page(self, number: int) -> list[DemoProduct]:
        """The products of one page, as `Catalogue.page` has them."""
        return self._priced(self.catalogue.page(number))

    def part(self, first: int, count: int) -> list[DemoProduct]:
        """Some of the listing, as `Catalogue.part` has it."""
        return self._priced(self.catalogue.part(first, count))

    def by_slug(self, slug: str) -> DemoProduct | None:
        """The product with this slug, or None."""
        product = self.catalogue.by_slug(slug)
        return product and in_theme(product, self.site.theme)

    def in_category(self, category: Category) -> Shelf:
        """The products of one category."""
        return Shelf(self.site, self.catalogue.in_category(category))

    def _priced(self, products: list[DemoProduct]) -> list[DemoProduct]:
        return [in_theme(product, self.site.theme) for product in products]

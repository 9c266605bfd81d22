"""What the demo shop has for sale, and in which order: any part of it is computed, none is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ecomscraper.demo.categories import Category, categories_of
from ecomscraper.demo.changes import ADDED, LEAST_PRODUCTS, NO_EDITS, Changes, Edits, edits_of
from ecomscraper.demo.goods import SHARED_NAME_DISTANCE, SHARED_NAME_EVERY, SHARED_NAME_RESIDUE, DemoProduct, product_at
from ecomscraper.demo.themes.theme import Theme

PRODUCTS_PER_PAGE = 16
FIRST_CHANGED = date(2024, 1, 1)
CHANGED_IN_VERSION_2 = date(2025, 9, 1)
_DAYS = 500  # over which the products of the first version were last changed


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A listing of `products` products, 16 a page, and of `added` newer ones in front of them.

    The newest product leads the listing, so adding some shifts all others towards the end, as in a real shop.
    Version 2 is the same shop some time later: `changes()` tells what is another way.
    """

    products: int = 188
    seed: int = 1
    added: int = 0
    version: int = 1
    category: Category | None = None
    """Only its products are listed; the others are still known by their slugs."""

    def __post_init__(self) -> None:
        if self.products < 1:
            raise ValueError(f"products = {self.products}, must be ≥ 1")
        if self.version not in (1, 2):
            raise ValueError(f"version = {self.version}, must be 1 or 2")
        if self.version == 2 and self.products < LEAST_PRODUCTS:
            raise ValueError(f"products = {self.products}, must be ≥ {LEAST_PRODUCTS} in version 2")

    @property
    def total(self) -> int:
        """Products in the listing."""
        return self._count_below(self._end) - len(self._gone_ranks())

    @property
    def pages(self) -> int:
        """Pages of the listing."""
        return -(-self.total // PRODUCTS_PER_PAGE)

    @property
    def distinct_names(self) -> int:
        """How many different names the products of all categories have: 182 of the default 188."""
        gone = self._edits.gone
        broken = {_pair_of(index) for index in gone} - {None}
        pairs = self._end // SHARED_NAME_EVERY - sum(pair < self._end for pair in broken if pair is not None)
        return self._end - len(gone) - pairs

    def page(self, number: int) -> list[DemoProduct]:
        """The products of page `number` (from 1) in the order of the listing; empty beyond the end."""
        return self.part((number - 1) * PRODUCTS_PER_PAGE, PRODUCTS_PER_PAGE)

    def part(self, first: int, count: int) -> list[DemoProduct]:
        """At most `count` products from place `first` (from 0) of the listing on."""
        return [self._product(self._index(place)) for place in range(first, min(first + count, self.total))]

    def by_slug(self, slug: str) -> DemoProduct | None:
        """The product with this slug, or None."""
        number = slug.rpartition("-")[2]
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= self._end):
            return None
        product = self._product(int(number) - 1)
        return product if product.slug == slug and product.number - 1 not in self._edits.gone else None

    def in_category(self, category: Category) -> Catalogue:
        """The listing of one category."""
        return replace(self, category=category)

    def categories_of(self, product: DemoProduct) -> tuple[Category, ...]:
        """One to three categories, the main one first."""
        return categories_of(self.seed, product.number - 1)

    def last_changed(self, product: DemoProduct) -> date:
        """The day the shop last touched this product: what version 2 added or changed is younger than the rest."""
        index = product.number - 1
        if self.version == 2 and (index >= self.products or self._edits.touches(index)):
            return CHANGED_IN_VERSION_2
        return FIRST_CHANGED + timedelta(days=index * 7 % _DAYS)

    def changes(self) -> Changes:
        """What differs from version 1 to version 2 of this catalogue, in the order of the numbers."""
        before, after = replace(self, version=1), replace(self, version=2)
        edits = edits_of(self.seed, self.products)

        def pairs(indexes: tuple[int, ...]) -> tuple[tuple[DemoProduct, DemoProduct], ...]:
            return tuple((before._product(index), after._product(index)) for index in indexes)

        return Changes(
            added=tuple(after._product(index) for index in range(before._end, after._end)),
            gone=tuple(before._product(index) for index in edits.gone),
            prices=pairs(edits.repriced),
            availability=pairs(edits.restocked),
        )

    def __iter__(self) -> Iterator[DemoProduct]:
        return (self._product(self._index(place)) for place in range(self.total))

    @property
    def _edits(self) -> Edits:
        return edits_of(self.seed, self.products) if self.version == 2 else NO_EDITS

    @property
    def _end(self) -> int:
        """One more than the highest index."""
        return self.products + self.added + (ADDED if self.version == 2 else 0)

    def _product(self, index: int) -> DemoProduct:
        product = product_at(self.seed, index)
        return product if self.version == 1 else self._edits.edited(product)

    def _index(self, place: int) -> int:
        """The index of the product at a place of the listing: the newer ones backwards, then the others."""
        older = self._count_below(self.products)
        newer = self._count_below(self._end) - older
        if place < newer:
            return self._nth(older + newer - 1 - place)
        rank = place - newer
        for gone in self._gone_ranks():
            rank += gone <= rank
        return self._nth(rank)

    def _gone_ranks(self) -> list[int]:
        """How many listed products each gone one had before it."""
        gone = self._edits.gone
        if self.category is not None:
            gone = tuple(index for index in gone if self.category.holds(self.seed, index))
        return [self._count_below(index) for index in gone]

    def _count_below(self, index: int) -> int:
        return index if self.category is None else self.category.count_below(self.seed, index)

    def _nth(self, rank: int) -> int:
        return rank if self.category is None else self.category.index_of(self.seed, rank)


def in_theme(product: DemoProduct, theme: Theme) -> DemoProduct:
    """The product with its prices as this theme's shop asks them; all else is the same in every theme."""
    return replace(
        product,
        price=theme.amount(product.price),
        regular_price=theme.amount(product.regular_price),
        currency=theme.currency,
    )


def _pair_of(index: int) -> int | None:
    """The higher index of the two products of one name, if this one's name is shared."""
    if index % SHARED_NAME_EVERY == SHARED_NAME_RESIDUE:
        return index
    higher = index + SHARED_NAME_DISTANCE
    return higher if higher % SHARED_NAME_EVERY == SHARED_NAME_RESIDUE else None

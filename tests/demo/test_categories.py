from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.categories import CATEGORIES, Category, categories_of, category_called

SLUGS = ["outdoor", "travel", "home", "gifts", "new-season"]


def test_the_default_shop() -> None:
    catalogue = Catalogue()
    assert [category.slug for category in CATEGORIES] == SLUGS
    listings = [catalogue.in_category(category) for category in CATEGORIES]
    assert [listing.total for listing in listings] == [81, 82, 62, 32, 24]
    assert [listing.pages for listing in listings] == [6, 6, 4, 2, 2]
    assert len({product.number for listing in listings for product in listing}) == 188
    assert Counter(len(catalogue.categories_of(product)) for product in catalogue) == {1: 126, 2: 31, 3: 31}


@given(st.sampled_from([1, 2]), st.integers(7, 200), st.integers(0, 100), st.integers(0, 40))
def test_a_category_lists_what_is_in_it_in_the_order_of_the_shop(
    version: int, products: int, seed: int, added: int
) -> None:
    catalogue = Catalogue(products, seed, added, version)
    for category in CATEGORIES:
        numbers = [product.number for product in catalogue if category in catalogue.categories_of(product)]
        listing = catalogue.in_category(category)
        assert [product.number for product in listing] == numbers
        assert listing.total == len(numbers)
        paged = [product.number for page in range(1, listing.pages + 1) for product in listing.page(page)]
        assert paged == numbers


@given(st.integers(0, 10_000), st.integers(0, 20_000_000))
def test_a_product_is_in_one_to_three_different_categories(seed: int, index: int) -> None:
    categories = categories_of(seed, index)
    assert 1 <= len(set(categories)) == len(categories) <= 3
    for category in CATEGORIES:
        assert category.holds(seed, index) == (category in categories)
        assert category.index_of(seed, category.count_below(seed, index)) >= index


@given(st.sampled_from(CATEGORIES), st.integers(0, 100), st.integers(0, 10**12))
def test_ranks_and_indexes_are_inverse(category: Category, seed: int, rank: int) -> None:
    indexes = [category.index_of(seed, rank + step) for step in range(4)]
    assert all(one < other for one, other in pairwise(indexes))
    assert [category.count_below(seed, index) for index in indexes] == [rank + step for step in range(4)]
    assert all(category.holds(seed, index) for index in indexes)


def test_a_category_of_millions_needs_no_memory() -> None:
    listing = Catalogue(16_000_000).in_category(CATEGORIES[0])
    assert listing.total == 6_933_334
    assert len(listing.page(listing.pages)) == 6_933_334 % 16


def test_slugs() -> None:
    assert [category_called(slug) for slug in SLUGS] == list(CATEGORIES)
    assert category_called("Outdoor") is None


def test_another_seed_is_another_division() -> None:
    def first(seed: int) -> list[int]:
        return [product.number for product in Catalogue(seed=seed).in_category(CATEGORIES[3])]

    assert first(1) != first(2)

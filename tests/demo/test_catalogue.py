from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.goods import product_at


def test_default_catalogue_counts() -> None:
    catalogue = Catalogue()
    products = list(catalogue)
    assert (catalogue.total, catalogue.pages, catalogue.distinct_names) == (188, 12, 182)
    assert len(products) == 188
    assert len({product.name for product in products}) == 182
    for identity in ("number", "sku", "slug", "path", "image", "gtin"):
        assert len({getattr(product, identity) for product in products}) == 188


def test_default_catalogue_traps() -> None:
    products = list(Catalogue())
    assert sum(product.on_sale for product in products) == 21
    assert sum(not product.in_stock for product in products) == 17
    assert sum(product.rating is None for product in products) == 47
    assert sum("  " in product.typed_name for product in products) == 19
    assert sum(product.price >= 1000 or product.regular_price >= 1000 for product in products) == 8
    assert [sum(symbol in product.name for product in products) for symbol in "™®’"] == [24, 24, 23]
    assert not any("  " in product.name for product in products)


def test_products_of_one_name_are_on_different_pages() -> None:
    catalogue = Catalogue()
    page_of = {product.number: page for page in range(1, 13) for product in catalogue.page(page)}
    names = Counter(product.name for product in catalogue)
    for name in (name for name, count in names.items() if count > 1):
        numbers = [product.number for product in catalogue if product.name == name]
        assert len(numbers) == 2
        assert page_of[numbers[0]] != page_of[numbers[1]]


def test_pages_are_16_and_the_last_one_12() -> None:
    assert [len(Catalogue().page(page)) for page in range(1, 14)] == [16] * 11 + [12, 0]


@pytest.mark.parametrize("products", [1, 16, 17, 31, 32, 5_000, 60_000])
def test_counts_in_closed_form(products: int) -> None:
    catalogue = Catalogue(products, seed=7)
    assert len({product.name for product in catalogue}) == catalogue.distinct_names
    assert sum(len(catalogue.page(page)) for page in range(1, catalogue.pages + 1)) == products
    assert catalogue.page(catalogue.pages)


def test_sixteen_million_products_need_no_memory() -> None:
    catalogue = Catalogue(16_000_000)
    assert catalogue.pages == 1_000_000
    last = catalogue.page(1_000_000)[-1]
    assert last.number == 16_000_000
    assert catalogue.by_slug(last.slug) == last


@given(st.integers(0, 10_000), st.integers(0, 20_000_000))
def test_a_product_is_a_function_of_seed_and_index(seed: int, index: int) -> None:
    product = product_at(seed, index)
    assert product == product_at(seed, index)
    assert product.number == index + 1
    assert Decimal("0.01") <= product.price <= product.regular_price
    assert product.price.as_tuple().exponent == product.regular_price.as_tuple().exponent == -2
    digits = [int(digit) for digit in product.gtin]
    assert len(digits) == 13
    assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_another_seed_is_another_catalogue() -> None:
    assert {product.name for product in Catalogue(seed=1).page(1)}.isdisjoint(
        product.name for product in Catalogue(seed=2).page(1)
    )


def test_added_products_lead_and_shift_the_others() -> None:
    before, after = Catalogue(), Catalogue(added=3)
    assert (after.total, after.pages) == (191, 12)
    numbers = [product.number for product in after]
    assert numbers[:4] == [191, 190, 189, 1]
    assert list(after)[3:] == list(before)


@pytest.mark.parametrize("slug", ["", "-", "7", "x-7", "no-such-slug-0", "no-such-slug-189", "no-such-slug-²"])
def test_unknown_slugs(slug: str) -> None:
    assert Catalogue().by_slug(slug) is None


def test_an_empty_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match="products = 0, must be ≥ 1"):
        Catalogue(0)

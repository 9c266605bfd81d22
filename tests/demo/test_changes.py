from __future__ import annotations

from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.demo.catalogue import Catalogue


def test_the_default_changes() -> None:
    changes = Catalogue().changes()
    assert [product.number for product in changes.added] == [189, 190, 191]
    assert [product.number for product in changes.gone] == [3, 133]
    assert [(before.number, before.price, after.price) for before, after in changes.prices] == [
        (29, Decimal("1077.25"), Decimal("1078.25")),
        (59, Decimal("106.73"), Decimal("105.73")),
        (85, Decimal("146.43"), Decimal("147.43")),
        (97, Decimal("120.06"), Decimal("119.06")),
    ]
    assert [(before.number, before.in_stock, after.in_stock) for before, after in changes.availability] == [
        (16, True, False)
    ]
    assert Catalogue(version=2).changes() == changes


def test_the_default_shop_later() -> None:
    later = Catalogue(version=2)
    products = list(later)
    assert (later.total, later.pages, later.distinct_names) == (189, 12, 183)
    assert [product.number for product in products[:6]] == [191, 190, 189, 1, 2, 4]
    assert len({product.number for product in products}) == 189


@given(products=st.integers(7, 300), seed=st.integers(0, 1_000), grown=st.integers(0, 20))
def test_changes_are_all_that_differs(products: int, seed: int, grown: int) -> None:
    before = Catalogue(products, seed, grown)
    after = Catalogue(products, seed, grown, version=2)
    old = {product.number: product for product in before}
    new = {product.number: product for product in after}
    changes = before.changes()
    assert {product.number: product for product in changes.added} == {n: new[n] for n in new.keys() - old.keys()}
    assert {product.number: product for product in changes.gone} == {n: old[n] for n in old.keys() - new.keys()}
    differ = {n: (old[n], new[n]) for n in old.keys() & new.keys() if old[n] != new[n]}
    assert {pair[0].number: pair for pair in changes.prices + changes.availability} == differ
    assert [len(part) for part in (changes.added, changes.gone, changes.prices, changes.availability)] == [3, 2, 4, 1]
    assert after.distinct_names == len({product.name for product in after})
    assert after.total == products + grown + 1


@given(products=st.integers(7, 300), seed=st.integers(0, 1_000))
def test_a_change_is_of_one_sort(products: int, seed: int) -> None:
    changes = Catalogue(products, seed).changes()
    for before, after in changes.prices:
        differ = {name for name, value in asdict(before).items() if value != asdict(after)[name]}
        assert differ == {"price", "regular_price"}
        assert abs(after.price - before.price) == abs(after.regular_price - before.regular_price) == 1
        assert (after.on_sale, after.price > 0) == (before.on_sale, True)
    assert sorted(after.price - before.price for before, after in changes.prices) == [-1, -1, 1, 1]
    for before, after in changes.availability:
        assert {name for name, value in asdict(before).items() if value != asdict(after)[name]} == {"in_stock"}


def test_what_is_gone_has_no_page_and_what_is_new_has_one() -> None:
    before, after = Catalogue(), Catalogue(version=2)
    changes = before.changes()
    assert [after.by_slug(product.slug) for product in changes.gone] == [None, None]
    assert [before.by_slug(product.slug) for product in changes.added] == [None, None, None]
    assert [after.by_slug(product.slug) for product in changes.added] == list(changes.added)
    assert [after.by_slug(product.slug) for product, _ in changes.prices] == [new for _, new in changes.prices]


def test_the_day_of_the_last_change_tells_what_changed() -> None:
    before, after = Catalogue(), Catalogue(version=2)
    changes = before.changes()
    changed = {product.number for product in (*changes.added, *(new for _, new in changes.prices))}
    changed |= {new.number for _, new in changes.availability}
    assert len(changed) == 8
    assert {p.number for p in after if after.last_changed(p) == date(2025, 9, 1)} == changed
    assert max(before.last_changed(product) for product in before) < date(2025, 9, 1)
    assert len({before.last_changed(product) for product in before}) == 188


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"version": 3}, "version = 3, must be 1 or 2"),
        ({"version": 0}, "version = 0, must be 1 or 2"),
        ({"version": 2, "products": 6}, "products = 6, must be ≥ 7 in version 2"),
    ],
)
def test_refused(options: dict[str, int], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Catalogue(**options)

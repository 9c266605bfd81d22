"""In which respect is a crawl worse than the ones before it?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ecomscraper.notice.comparison import Figures, PriceRange, worse

EUR = PriceRange(Decimal("4.50"), Decimal("200"))


def figures(**changes: Any) -> Figures:
    values: dict[str, Any] = {
        "crawl_id": 1,
        "items": 188,
        "pages": 12,
        "failed": 0,
        "coverage": {"price": 1.0, "brand": 0.5},
        "prices": {"EUR": EUR},
    }
    return Figures(**(values | changes))


def none_outside(currency: str, usual: PriceRange) -> int:
    return 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"items": 170}, []),
        ({"items": 169}, ["169 rows instead of 188"]),
        ({"items": 400}, []),
        ({"failed": 1}, []),
        ({"failed": 2}, ["17 % of the pages failed instead of 0 %"]),
        ({"coverage": {"price": 0.91, "brand": 0.41}}, []),
        ({"coverage": {"price": 0.5, "brand": 0.5}}, ["50 % of the products have price instead of 100 %"]),
        ({"coverage": {}, "items": 0, "pages": 0}, ["0 rows instead of 188"]),
    ],
)
def test_one_tenth_is_borne(changes: dict[str, Any], said: list[str]) -> None:
    assert worse(figures(**changes), [figures()], tolerance=0.1, outside=none_outside) == said


def test_the_middle_of_the_earlier_ones_counts() -> None:
    earlier = [figures(items=items) for items in (188, 12, 190)]
    assert worse(figures(items=180), earlier, tolerance=0.1, outside=none_outside) == []
    assert worse(figures(items=180), earlier, tolerance=0.01, outside=none_outside) == ["180 rows instead of 188"]


def test_nothing_to_compare_with() -> None:
    assert worse(figures(items=0), [], tolerance=0.1, outside=none_outside) == []


def test_prices_beyond_half_the_lowest_and_twice_the_highest() -> None:
    asked: list[tuple[str, PriceRange]] = []

    def outside(currency: str, usual: PriceRange) -> int:
        asked.append((currency, usual))
        return 3 if currency == "EUR" else 0

    other = figures(prices={"EUR": PriceRange(Decimal(5), Decimal(300)), "": PriceRange(Decimal(1), Decimal(2))})
    said = worse(figures(), [figures(), other], tolerance=0.1, outside=outside)

    assert said == ["3 prices are far beyond those of before, 4.50 to 300 EUR"]
    assert asked == [("", PriceRange(Decimal("0.5"), Decimal(4))), ("EUR", PriceRange(Decimal("2.25"), Decimal(600)))]

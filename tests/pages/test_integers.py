"""Whole numbers as shops print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.integers import read_integers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", []),
        ("no results", []),
        ("188", [188]),
        ("Showing 177–188 of 188 results", [177, 188, 188]),
        ("1000 results - showing 1 to 20.", [1000, 1, 20]),
        ("1,234 products", [1234]),
        ("1.234 Artikel", [1234]),
        ("1 234 produits", [1234]),
        ("1\u00a0234 produits", [1234]),
        ("1\u202f234\u202f567 produits", [1234567]),
        ("1'234 Artikel", [1234]),
        ("1’234 Artikel", [1234]),
        ("1,23,456 items", [123456]),
        ("12.50", [12, 50]),
        ("1,2345", [1, 2345]),
        ("Page 2 of 1,234", [2, 1234]),
        ("١٢٣ منتج", [123]),
        ("１２件", [12]),
        ("1,2,3", [1, 2, 3]),
        ("9" * 5000, []),
        ("123456789012", [123456789012]),
        ("1234567890123", []),
    ],
)
def test_read_integers(text: str, numbers: list[int]) -> None:
    assert read_integers(text) == numbers


@given(st.integers(0, 10**12 - 1), st.sampled_from([",", ".", " ", "'", "’", "\u00a0", "\u202f", "\u2009"]))
def test_any_number_there_and_back(number: int, separator: str) -> None:
    assert read_integers(f"of {number:,} results".replace(",", separator)) == [number]

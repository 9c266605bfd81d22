"""Prices are remembered by their shape: what a text's digits are must make no difference to where its prices are."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from ecomscraper.pages import price
from ecomscraper.pages.currencies import signs_pattern

PIECES = st.sampled_from([
    "$",
    "€", "£", "kr", "USD", "¥", " ", ".", ",", "-", "–", " - ", "from ", "was ", "per ", "kg", "g", "ml", "x ", "%",
    "off", "excl. VAT", "save ", "(", ")", "/", "12", "3", "045", "100", "1 299", "2.000", "35€99", "'", ":-",
    "now ", "items",
])  # fmt: skip


@given(st.lists(PIECES, max_size=8).map("".join))
@example("$1,299.00")
@example("2 € per 100 g")
def test_a_texts_shape_has_its_prices_where_the_text_has_them(text: str) -> None:
    plain = price.normalised(text)
    shape = plain if "100" in plain else plain.translate(price._ANY_DIGIT)
    find = price._places.__wrapped__
    assert find(shape) == find(plain)


def test_no_sign_of_a_currency_has_a_digit() -> None:
    assert not re.search(r"[0-9]", signs_pattern().replace(r"[^\W\d_]", ""))

"""Every saved page of products gives exactly the fields its expected.json lists: none more, none less, none else.

The pages are written after the structure of platforms and of their traps; `product` is null where a page is about none.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.product import read_product
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.product_selectors import ProductSelectors

HERE = Path(__file__).parent / "products"
CASES = sorted(page.parent for page in HERE.glob("*/*/page.html"))


def stated(product: ProductFields | None) -> dict[str, Any] | None:
    """The fields that are not None, amounts as text."""
    if product is None:
        return None
    values = {name: getattr(product, name) for name in FIELDS}
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in values.items() if value is not None
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_page_gives_what_is_expected(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    document = parse_document((case / "page.html").read_bytes(), url=expected["url"])
    places = {name: tuple(alternatives) for name, alternatives in expected.get("selectors", {}).items()}
    selectors = ProductSelectors(**places) if places else None

    if "card" in expected:
        cards = read_cards(document, card=expected["card"], selectors=selectors, base_url=expected["url"])
        assert [stated(product) for product in cards] == expected["products"]
    else:
        product = read_product(document, url=expected["url"], selectors=selectors)
        assert stated(product) == expected["product"]
        if product is not None:
            assert set(product.source) == set(expected["product"])


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 60

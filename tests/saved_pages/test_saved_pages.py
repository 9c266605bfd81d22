"""Every saved page is read with its site's own profile and gives exactly what its expected.json says."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.listing import read_listing
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.title import split_title
from ecomscraper.sites.loader import list_sites, load_profile

HERE = Path(__file__).parent
CASES = sorted(page.parent for page in HERE.glob("*/*/page.html"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_page_gives_what_is_expected(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    products = expected.pop("products", None)
    document = parse_document((case / "page.html").read_bytes(), url=expected["url"])
    profile = load_profile(case.parent.name).profile
    listing = read_listing(document, profile)
    found = {"url": document.url, **asdict(listing), **split_title(listing.title)._asdict()}
    del found["fingerprint"]
    assert found == {"next_url": None, **expected}
    if products is not None:
        assert [
            stated(card)
            for card in read_cards(document, card=profile.listing.card or "", selectors=profile.product.selectors)
        ] == products


def stated(card: ProductFields) -> dict[str, Any]:
    """What a card says, amounts as text."""
    values = {name: getattr(card, name) for name in FIELDS}
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in values.items() if value is not None
    }


def test_each_shop_of_the_outside_world_has_saved_pages() -> None:
    assert {case.parent.name for case in CASES} == set(list_sites()) - {"demo"}


@pytest.mark.parametrize("name", list_sites())
def test_a_shop_is_fifteen_lines_at_most(name: str) -> None:
    text = (resources.files("ecomscraper.sites") / f"{name}.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) <= 15

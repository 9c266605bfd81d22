"""Every saved page is read with its site's own profile and gives exactly what its expected.json says."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.listing import read_listing
from ecomscraper.pages.title import split_title
from ecomscraper.sites.loader import load_profile

HERE = Path(__file__).parent
CASES = sorted(page.parent for page in HERE.glob("*/*/page.html"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_page_gives_what_is_expected(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    document = parse_document((case / "page.html").read_bytes(), url=expected["url"])
    listing = read_listing(document, load_profile(case.parent.name).profile)
    found = {"url": document.url, **asdict(listing), **split_title(listing.title)._asdict()}
    assert found == expected


def test_each_shop_of_the_outside_world_has_saved_pages() -> None:
    assert {case.parent.name for case in CASES} == {"books_toscrape", "scrapingcourse"}

"""An item that is not valid is counted, told and left out; the others stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecomscraper.items import Bundle, Title
from ecomscraper.pipelines.validate import ValidatePipeline, title_problem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = Title(3, "Page 3", "Page 3", "", "http://shop.example/3", "https://shop.example/3", NOON)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"title": ""}, "title is empty"),
        ({"page": 0}, "page is 0, must be ≥ 1"),
        ({"page": -7}, "page is -7, must be ≥ 1"),
        ({"final_url": "file:///etc/passwd"}, "final_url is 'file:///etc/passwd', must be http or https"),
        ({"final_url": ""}, "final_url is '', must be http or https"),
        ({"name": "", "site_title": ""}, None),
    ],
)
def test_what_is_wrong_with_a_title(changes: dict[str, object], problem: str | None) -> None:
    assert title_problem(replace(GOOD, **changes)) == problem


def test_invalid_items_are_counted_and_left_out_in_order(caplog: pytest.LogCaptureFixture) -> None:
    bad = replace(GOOD, title="")
    last = replace(GOOD, page=4)
    bundle = Bundle(
        3, [GOOD, bad, bad, last], "http://shop.example/3", "http://shop.example/3", 200, NOON, 10, invalid=1
    )
    ValidatePipeline().process_page(bundle)
    assert bundle.items == [GOOD, last]
    assert bundle.invalid == 3
    assert caplog.messages == ["An item of page 3 is not valid: title is empty (http://shop.example/3)"] * 2

"""What throttles said, in few words."""

from __future__ import annotations

import pytest

from ecomscraper.verdict.speed import longest_whys


def test_what_differs_in_numbers_only_is_one() -> None:
    said = [
        ("held at 1.35 a second", 3.0),
        ("it serves best", 4.0),
        ("held at 12 a second", 2.0),
        ("held at 2 a second", 1.0),
    ]

    found = longest_whys(said)

    assert [why.words for why in found] == ["held at 1.35 to 12 a second", "it serves best"]
    assert [why.share for why in found] == pytest.approx([0.6, 0.4])
    assert longest_whys([]) == ()

"""Why a crawl was no faster, in few words."""

from __future__ import annotations

import pytest

from ecomscraper.verdict.speed import Speed, Why, longest_whys, speed_words


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


def test_the_weightiest_first_and_the_limits_last() -> None:
    whys = (Why("held at 3 a second: more were refused", 0.62), Why("doubling", 0.3), Why("at the limit of 4", 0.08))
    limits = {"concurrency": 4, "delay_seconds": 0.5}

    assert speed_words(Speed(limits, whys, 0.254, 61.2)) == [
        "62 % of the time: held at 3 a second: more were refused",
        "30 % of the time: doubling",
        "the shop took 0.25 s for an answer, 61 s for the slowest twentieth",
        "its limits: 4 requests at once, 0.5 s apart",
    ]
    assert speed_words(Speed({"concurrency": 1, "delay_seconds": 0})) == [
        "its limits were fixed: 1 request at once, no wait between them"
    ]

"""What a course says of itself."""

from __future__ import annotations

import pytest

from ecomscraper.report.course import Course, Moment


@pytest.mark.parametrize(
    ("settled", "seconds"), [("", 0), ("111", 0), ("1001", 4), ("10100010", 6), ("100", 4)], ids=repr
)
def test_its_longest_pause(settled: str, seconds: float) -> None:
    moments = tuple(Moment(at / 30, stored=int(one), failed=0, refused=3) for at, one in enumerate(settled))

    assert Course(2.0, moments).longest_pause_seconds == seconds

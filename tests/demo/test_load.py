from __future__ import annotations

import pytest

from ecomscraper.demo.load import RateBucket, knee_delay_seconds


@pytest.mark.parametrize(
    ("in_flight", "knee", "seconds"), [(1, 0, 0), (100, 0, 0), (4, 4, 0), (5, 4, 0.5), (8, 4, 2.0)]
)
def test_knee(in_flight: int, knee: int, seconds: float) -> None:
    assert knee_delay_seconds(in_flight, knee, 0.5) == seconds


def test_a_knee_of_half_the_strength() -> None:
    assert [knee_delay_seconds(in_flight, 8, 0.5, strength=0.5) for in_flight in (4, 5, 8)] == [0, 1, 4]


def test_a_bucket_of_half_the_strength_fills_half_as_fast() -> None:
    now = 100.0
    bucket = RateBucket(per_second=4, burst=2, monotonic=lambda: now)
    assert [bucket.wait_seconds(0.5) for _ in range(3)] == [0, 0, 0.5]
    now += 0.25
    assert [bucket.wait_seconds(strength) for strength in (0.5, 1.0)] == [0.25, 0.125]


def test_a_bucket_passes_its_burst_and_then_its_rate() -> None:
    now = 100.0
    bucket = RateBucket(per_second=4, burst=2, monotonic=lambda: now)
    assert [bucket.wait_seconds() for _ in range(3)] == [0, 0, 0.25]
    now += 0.125
    assert bucket.wait_seconds() == 0.125
    now += 0.125
    assert [bucket.wait_seconds() for _ in range(2)] == [0, 0.25]
    now += 3600
    assert [bucket.wait_seconds() for _ in range(3)] == [0, 0, 0.25]


def test_a_bucket_passes_no_more_than_its_rate_over_time() -> None:
    now = 0.0
    bucket = RateBucket(per_second=10, burst=5, monotonic=lambda: now)
    passed = 0
    for _ in range(1024):
        now += 1 / 64
        passed += not bucket.wait_seconds()
    assert passed == 5 + 160 - 1  # 16 s of 10 a second, and the burst, of which one is still filling

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pace.backoff import ceiling_seconds, full_jitter

attempts = st.integers(1, 10_000)
seconds = st.floats(0, 1e9, allow_nan=False)


@pytest.mark.parametrize(
    ("attempt", "ceiling"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (7, 32.0), (8, 60.0), (5000, 60.0)]
)
def test_the_ceiling_doubles_up_to_the_cap(attempt, ceiling):
    assert ceiling_seconds(attempt, base_seconds=0.5, cap_seconds=60.0) == ceiling


@given(attempts, seconds, seconds, st.integers())
def test_a_wait_is_between_0_and_the_ceiling(attempt, base, cap, seed):
    wait = full_jitter(attempt, base, cap, Random(seed))
    assert 0 <= wait <= ceiling_seconds(attempt, base, cap) <= cap


@given(attempts, seconds, seconds)
def test_the_ceiling_never_falls(attempt, base, cap):
    assert ceiling_seconds(attempt, base, cap) <= ceiling_seconds(attempt + 1, base, cap)


@given(attempts, seconds, seconds, seconds)
def test_a_higher_cap_never_lowers_the_ceiling(attempt, base, cap, more):
    assert ceiling_seconds(attempt, base, cap) <= ceiling_seconds(attempt, base, cap + more)


def test_the_jitter_is_full():
    """10,000 waits below 8 s: each tenth of the range gets about a tenth of them, and the mean is half of it."""
    rng = Random(1)
    waits = [full_jitter(4, base_seconds=1.0, cap_seconds=60.0, rng=rng) for _ in range(10_000)]

    tenths = [sum(int(wait / 0.8) == tenth for wait in waits) for tenth in range(10)]
    assert all(900 < count < 1100 for count in tenths)
    assert sum(waits) / len(waits) == pytest.approx(4.0, abs=0.05)


def test_the_same_seed_gives_the_same_waits():
    assert full_jitter(3, 1.0, 60.0, Random(5)) == full_jitter(3, 1.0, 60.0, Random(5))


@pytest.mark.parametrize(
    ("attempt", "base", "cap"), [(0, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1), (1, float("nan"), 1)]
)
def test_nonsense_is_refused(attempt, base, cap):
    with pytest.raises(ValueError, match="must be ≥"):
        full_jitter(attempt, base, cap, Random(1))

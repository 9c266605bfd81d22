from __future__ import annotations

from itertools import pairwise
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pace.spacing import Distances, PauseAfter, Rate, Spacing


def sending_times(clock, spacing, count):
    """Sends so many requests, each as soon as it may go; the seconds from the first one."""
    times = []
    for _ in range(count):
        clock.now = max(clock.now, spacing.next_at())
        assert spacing.wait_seconds() == 0
        spacing.sent()
        times.append(clock.now)
    return [at - times[0] for at in times]


def spacing_of(clock, seed=1, **distances):
    return Spacing(Distances(**distances), clock, Random(seed))


def test_the_first_request_may_go_at_once(clock):
    full = {"delay_seconds": 5, "random_extra_seconds": 5, "rates": (Rate(1, 9),), "pause_after": PauseAfter(1, 60)}
    spacing = spacing_of(clock, **full)
    assert spacing.next_at() == -inf
    assert spacing.wait_seconds() == 0


def test_nothing_to_keep_keeps_nothing_back(clock):
    assert sending_times(clock, spacing_of(clock), 100) == [0.0] * 100


def test_a_delay(clock):
    assert sending_times(clock, spacing_of(clock, delay_seconds=0.5), 5) == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_a_delay_counts_from_when_it_was_sent_not_from_when_it_could_have_been(clock):
    spacing = spacing_of(clock, delay_seconds=2)
    spacing.sent()
    clock.pass_(1.5)
    assert spacing.wait_seconds() == 0.5
    clock.pass_(10)
    spacing.sent()
    assert spacing.wait_seconds() == 2.0


def test_a_rate_lets_a_burst_go_and_then_waits(clock):
    """Request-rate: 3/10s"""
    assert sending_times(clock, spacing_of(clock, rates=(Rate(3, 10),)), 8) == [0, 0, 0, 10, 10, 10, 20, 20]


def test_a_delay_and_two_rates_hold_together(clock):
    spacing = spacing_of(clock, delay_seconds=1, rates=(Rate(2, 5), Rate(3, 30)))
    assert sending_times(clock, spacing, 7) == [0, 1, 5, 30, 31, 35, 60]


def test_a_pause_after_so_many_requests(clock):
    spacing = spacing_of(clock, delay_seconds=1, pause_after=PauseAfter(3, 30))
    assert sending_times(clock, spacing, 8) == [0, 1, 2, 32, 33, 34, 64, 65]


def test_a_pause_after_each_request(clock):
    assert sending_times(clock, spacing_of(clock, pause_after=PauseAfter(1, 7)), 4) == [0, 7, 14, 21]


def test_a_random_extra_is_drawn_once_for_each_distance(clock):
    spacing = spacing_of(clock, delay_seconds=2, random_extra_seconds=3)
    spacing.sent()
    assert len({spacing.next_at() for _ in range(50)}) == 1
    gaps = [later - earlier for earlier, later in pairwise(sending_times(clock, spacing, 2000))]

    assert 2.0 <= min(gaps) < 2.1
    assert 4.9 < max(gaps) <= 5.0
    assert sum(gaps) / len(gaps) == pytest.approx(3.5, abs=0.1)


def test_a_hold_stops_everything_and_is_never_shortened(clock):
    spacing = spacing_of(clock, delay_seconds=1)
    spacing.sent()
    spacing.hold(60)
    spacing.hold(5)
    assert spacing.wait_seconds() == 60.0
    clock.pass_(59)
    spacing.hold(5)
    assert spacing.wait_seconds() == 5.0


def test_new_distances_count_from_the_last_request(clock):
    spacing = spacing_of(clock)
    spacing.sent()
    clock.pass_(1)
    spacing.distances = Distances(delay_seconds=10)
    assert spacing.wait_seconds() == 9.0
    spacing.distances = Distances()
    assert spacing.wait_seconds() == 0


def test_memory_is_bounded_by_the_rate(clock):
    spacing = spacing_of(clock, delay_seconds=0.1, rates=(Rate(20, 1),))
    sending_times(clock, spacing, 10_000)
    assert len(spacing._sent) <= 20


@given(
    delay=st.sampled_from([0.0, 0.1, 0.5]),
    extra=st.sampled_from([0.0, 0.3]),
    rates=st.lists(st.builds(Rate, st.integers(1, 5), st.sampled_from([0.5, 1, 10])), max_size=2),
    pause=st.none() | st.builds(PauseAfter, st.integers(1, 10), st.sampled_from([1, 30])),
    busy_seconds=st.sampled_from([0.0, 0.05, 2.0]),
    seed=st.integers(0, 1000),
)
def test_every_promise_is_kept_over_a_thousand_requests(new_clock, delay, extra, rates, pause, busy_seconds, seed):
    clock, rng = new_clock(), Random(seed)
    spacing = Spacing(Distances(delay, extra, tuple(rates), pause), clock, Random(seed))
    times = []
    for _ in range(1000):
        clock.pass_(rng.uniform(0, busy_seconds))
        clock.now = max(clock.now, spacing.next_at())
        spacing.sent()
        times.append(clock.now)

    just_less = 1 - 1e-9
    assert all(later - earlier >= delay * just_less for earlier, later in pairwise(times))
    for rate in rates:
        assert all(
            later - earlier >= rate.seconds * just_less
            for earlier, later in zip(times, times[rate.requests :], strict=False)
        )
    if pause:
        last_before_pause = times[pause.requests - 1 :: pause.requests]
        first_after_pause = times[pause.requests :: pause.requests]
        assert all(
            after - before >= pause.seconds * just_less
            for before, after in zip(last_before_pause, first_after_pause, strict=False)
        )


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: Rate(0, 1),
        lambda: Rate(1, 0),
        lambda: Rate(1, inf),
        lambda: PauseAfter(0, 1),
        lambda: PauseAfter(1, -1),
        lambda: Distances(delay_seconds=-1),
        lambda: Distances(delay_seconds=float("nan")),
        lambda: Distances(random_extra_seconds=inf),
    ],
)
def test_nonsense_is_refused(nonsense):
    with pytest.raises(ValueError, match="must be"):
        nonsense()

"""Refusals by rate, and by chance: a bucket of 10 a second proves what it lets pass."""

from __future__ import annotations

import pytest

from ecomscraper.pace.chance import Chance
from ecomscraper.pace.throttle import Ending, Outcome, Throttle, ThrottleLimits


class Site:
    def __init__(self) -> None:
        self.chance = Chance()
        self.now = 0.0

    def refused_after(self, answers: int, per_second: float) -> bool:
        """A refusal when so many more were served at that rate: whether it is by chance."""
        for _ in range(answers):
            self.now += 1 / per_second
            self.chance.served(self.now)
        return self.chance.refused(self.now)


@pytest.fixture
def site() -> Site:
    site = Site()
    assert not site.refused_after(100, per_second=40)  # nothing is proven before the first refusal
    assert not site.refused_after(50, per_second=10)  # 49 answers in 5 s: 9.8 a second are
    return site


def test_a_shop_that_refuses_at_its_rate_does_not_do_so_by_chance(site: Site) -> None:
    assert not any(site.refused_after(40, per_second=rate) for rate in (10, 9.8, 10.2, 9.5, 10))


def test_two_refusals_at_far_less_than_was_proven_are_by_chance(site: Site) -> None:
    assert [site.refused_after(20, per_second=rate) for rate in (8, 8, 30)] == [False, True, True]


def test_few_answers_prove_and_refute_nothing(site: Site) -> None:
    assert not any(site.refused_after(14, per_second=1) for _ in range(5))


def test_two_refusals_close_to_each_other_are_no_chance(site: Site) -> None:
    assert [site.refused_after(20, per_second=8) for _ in range(2)] == [False, True]
    assert [site.refused_after(9, per_second=8) for _ in range(2)] == [True, False]
    assert not site.refused_after(20, per_second=8)  # everything is proven anew


@pytest.mark.parametrize(
    ("status", "told_to_wait", "is_limited"), [(503, False, False), (503, True, True), (429, False, True)]
)
def test_only_a_503_without_a_word_can_be_chance(status: int, told_to_wait: bool, is_limited: bool) -> None:
    throttle, now = Throttle(ThrottleLimits(32)), 0.0
    for answers, per_second in ((100, 40.0), (50, 10.0), (20, 8.0), (20, 8.0)):
        for _ in range(answers):
            sent_at, now = now + 1e-9, now + 1 / per_second
            throttle.finished(Outcome(sent_at, now, Ending.SERVED, throttle.sent(sent_at)))
        sent_at, now = now + 1e-6, now + 2e-6
        beside = throttle.sent(sent_at)
        if told_to_wait:
            throttle.held(1.0)
        throttle.finished(Outcome(sent_at, now, Ending.REFUSED, beside, status))

    assert (throttle.state()["ceiling_per_second"] is not None) == is_limited
    assert throttle.why.startswith("refused: one at a time") == is_limited

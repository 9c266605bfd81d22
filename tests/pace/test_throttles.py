"""Throttles by egress: what they begin with, what they tell, and what is not the shop's doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ecomscraper.pace.egress import Egress
from ecomscraper.pace.throttle import Ending, ThrottleLimits
from ecomscraper.pace.throttle_record import ThrottleRecord
from ecomscraper.pace.throttle_report import FIRST_SECONDS, LOOKS_WORTH, Minute, SampleTimes
from ecomscraper.pace.throttles import LEAST_SERVED, TICK_SECONDS, Learnt, Throttles, ending_of

if TYPE_CHECKING:
    from conftest import VirtualClock

SHOP = Egress("shop.example")
LIMITS = ThrottleLimits(32)


@pytest.fixture
def throttles(clock: VirtualClock) -> Throttles:
    return Throttles({}, clock)


def round_of(
    throttles: Throttles, record: ThrottleRecord, clock: VirtualClock, seconds: float, ending: Ending = Ending.SERVED
) -> int:
    """As many at once as may be, all of which end after `seconds`."""
    sent = []
    while not record.is_full:
        clock.pass_(1e-6)
        sent.append((clock.now, record.sent(clock.now)))
    clock.pass_(seconds)
    throttles.tick()
    for sent_at, beside in sent:
        throttles.finished(record, sent_at, beside, ending, 200)
    return len(sent)


def test_each_egress_and_queue_has_a_throttle_of_its_own(throttles: Throttles, clock: VirtualClock) -> None:
    direct, proxied = (throttles.of("shop", Egress("shop.example", way), LIMITS) for way in ("direct", "proxy:1"))
    round_of(throttles, direct, clock, 0.1)

    assert throttles.of("shop", SHOP, LIMITS) is direct
    assert (direct.throttle.concurrency, proxied.throttle.concurrency) == (12, 6)
    assert throttles.of("another queue", SHOP, LIMITS).throttle.concurrency == 6


def test_is_full_until_one_ends(throttles: Throttles, clock: VirtualClock) -> None:
    record = throttles.of("shop", SHOP, ThrottleLimits(2))
    clock.pass_(1)
    besides = [record.sent(clock.now) for _ in range(2)]

    assert (besides, record.is_full) == ([1, 2], True)
    throttles.finished(record, clock.now, 2, Ending.SERVED, 200)
    assert not record.is_full


def test_keeps_the_users_distance(throttles: Throttles, clock: VirtualClock) -> None:
    record = throttles.of("shop", SHOP, ThrottleLimits(2, 0.5))

    assert record.wait_seconds(clock.now) < 0
    record.sent(clock.now)
    clock.pass_(0.2)
    assert record.wait_seconds(clock.now) == pytest.approx(0.3)


def test_answers_that_waited_for_us_do_not_count(throttles: Throttles, clock: VirtualClock) -> None:
    record = throttles.of("shop", SHOP, LIMITS)
    assert [round_of(throttles, record, clock, 0.1) for _ in range(2)] == [6, 12]
    sent = [(clock.now, record.sent(clock.now)) for _ in range(24)]
    clock.pass_(0.1 + TICK_SECONDS + 1.0)  # we did something else for a second, and the tick waits as well
    for sent_at, beside in sent:
        throttles.finished(record, sent_at, beside, Ending.SERVED, 200)

    assert record.throttle.state()["latency_seconds"] == pytest.approx(0.1)
    assert record.throttle.concurrency == 24


def test_a_sample_tells_what_happened_since_the_last_one(throttles: Throttles, clock: VirtualClock) -> None:
    record = throttles.of("shop", SHOP, LIMITS)
    round_of(throttles, record, clock, 0.1)
    round_of(throttles, record, clock, 0.3, Ending.REFUSED)
    record.sent(clock.now)

    (sample,) = throttles.samples()
    assert (sample.served, sample.refused, sample.failed, sample.in_flight) == (6, 12, 0, 1)
    assert sample.seconds == pytest.approx(0.4, abs=1e-4)
    assert sample.latency_median_seconds == pytest.approx(0.1, abs=1e-4)
    assert sample.latency_p95_seconds == pytest.approx(0.1, abs=1e-4)
    assert (sample.concurrency, sample.spacing_seconds) == (1, 0.25)
    assert sample.why == "refused: one at a time until an answer comes"
    (still_under_way,) = throttles.samples()
    assert (still_under_way.served, still_under_way.latency_median_seconds) == (0, None)


def test_where_nothing_happens_there_is_no_sample(throttles: Throttles, clock: VirtualClock) -> None:
    throttles.of("shop", SHOP, LIMITS)

    assert throttles.samples() == []


def test_what_is_worth_it_is_kept_and_begun_with(throttles: Throttles, clock: VirtualClock) -> None:
    record = throttles.of("shop", SHOP, LIMITS)
    round_of(throttles, record, clock, 0.1)
    assert throttles.learnt() == {}  # 6 answers
    round_of(throttles, record, clock, 0.1)
    round_of(throttles, record, clock, 0.1)
    assert record.served == 42 >= LEAST_SERVED

    learnt = {egress: Learnt(state, 0.0) for egress, state in throttles.learnt().items()}
    again = Throttles(learnt, clock)
    assert again.of("shop", SHOP, LIMITS).throttle.concurrency == 32
    assert again.of("shop", Egress("other.example"), LIMITS).throttle.concurrency == 6


@pytest.mark.parametrize(
    ("status", "ending"),
    [(200, "served"), (404, "served"), (403, "refused"), (429, "refused"), (503, "refused"), (500, "failed"),
     (502, "failed"), (407, "dropped")],
)  # fmt: skip
def test_what_a_status_says_of_the_load(status: int, ending: str) -> None:
    assert ending_of(status, also_transient={403}) == ending


def test_a_long_crawl_leaves_few_samples() -> None:
    times, at, taken = SampleTimes(0.0), 0.0, 0
    while at < 7 * 86400:
        at += FIRST_SECONDS
        if times.is_due(at):
            times.taken(at, 1)
            taken += 1

    assert 3000 < taken < 12 * LOOKS_WORTH


def test_a_minute_in_one_line(throttles: Throttles, clock: VirtualClock) -> None:
    record, minute = throttles.of("shop", SHOP, LIMITS), Minute()
    for ending in (Ending.SERVED, Ending.SERVED, Ending.REFUSED):
        round_of(throttles, record, clock, 1.0, ending)
        for sample in throttles.samples():
            minute.add(sample)

    assert list(minute.lines()) == [
        "shop.example: up to 1 at once, 0.25 s apart, 6 answers a second, 1 s each, 24 refused "
        "(refused: one at a time until an answer comes)"
    ]
    assert list(minute.lines()) == []


def test_a_report_names_the_busiest_ways(clock: VirtualClock) -> None:
    throttles, minute = Throttles({}, clock), Minute()
    for number in range(7):
        record = throttles.of("shop", Egress("shop.example", f"proxy:{number}"), ThrottleLimits(number + 1))
        round_of(throttles, record, clock, 0.1)
    for sample in throttles.samples():
        minute.add(sample)

    *named, rest = minute.lines()
    assert [line.split(":")[1] for line in named] == ["5", "6", "4", "3", "2"]  # six answers each of the first two
    assert rest == "2 other ways to the shop: 3 answers"

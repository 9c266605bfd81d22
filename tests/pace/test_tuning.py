"""What `scrapy tune` advises, on simulated shops in virtual time."""

from __future__ import annotations

from math import inf
from random import Random

import pytest

from ecomscraper.laboratory.engine import Engine, Job
from ecomscraper.laboratory.gates import Bucket, Seats, no_header, seconds
from ecomscraper.laboratory.latency import Knee
from ecomscraper.laboratory.shop import Shop
from ecomscraper.laboratory.virtual_time import VirtualTime
from ecomscraper.pace.throttle import Ending, Outcome
from ecomscraper.pace.tuning import RATE_REFUSALS, SURE_ANSWERS, Step, Tuning

FLAT = 99  # a knee that is out of reach
SEEDS = range(1, 6)


def shop(rng: Random, knee: int = FLAT, **options: object) -> Shop:
    """0.1 s for each page, and with the knee the same pages a second with more at once."""
    return Shop(Knee(knee, 0.1, 0.1 / knee, 0.15, rng), rng, **options)  # type: ignore[arg-type]


def tuned(what: Shop, rng: Random, most: int = 32, requests: int = 1000) -> tuple[Tuning, Job, float]:
    time, job, tuning = VirtualTime(), Job(inf), Tuning(most, requests)
    Engine(time, what, tuning, job, rng).look()
    time.run(1000, lambda: tuning.is_done)
    assert tuning.is_done
    return tuning, job, time.now


@pytest.mark.parametrize("seed", SEEDS)
def test_the_knee_at_8(seed: int) -> None:
    tuning, job, took = tuned(shop(rng := Random(seed), knee=8), rng)

    advice = tuning.advice()
    assert advice is not None
    assert 7 <= advice.concurrency <= 9
    assert advice.delay_seconds == 0
    assert advice.why.startswith("beyond ")
    assert (tuning.why, len(job.refused_at)) == ("more at once bring nothing", 0)
    assert took < 30


@pytest.mark.parametrize("tells", [seconds, no_header])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_bucket_of_20_a_second(seed: int, tells: object) -> None:
    gate = Bucket(20, 20, tells)  # type: ignore[arg-type]
    tuning, job, took = tuned(shop(rng := Random(seed), gate=gate), rng)

    advice = tuning.advice()
    assert advice is not None
    assert 14 <= 1 / advice.delay_seconds <= 20
    assert len(job.refused_at) <= RATE_REFUSALS
    assert 100 * len(job.refused_at) < len(job.sent_at) <= 400
    assert job.inside_waits == 0
    assert took < 30


def test_six_seats() -> None:
    tuning, _, _ = tuned(shop(rng := Random(1), gate=Seats(6)), rng)

    advice = tuning.advice()
    assert advice is not None
    assert advice.concurrency == 6
    assert [step.at_once for step in tuning.steps] == [1, 2, 3, 4, 5, 6, 8]


def test_no_more_than_may_be_tried() -> None:
    tuning, _, _ = tuned(shop(rng := Random(1)), rng, most=7)

    assert [step.at_once for step in tuning.steps] == [1, 2, 3, 4, 5, 6, 7]
    assert tuning.why == "more than 7 at once were not tried"
    advice = tuning.advice()
    assert advice is not None
    assert (advice.concurrency, advice.delay_seconds) == (7, 0)


def test_no_more_requests_than_are_allowed() -> None:
    tuning, job, _ = tuned(shop(rng := Random(1)), rng, requests=100)

    assert (len(job.sent_at), tuning.sent_in_all, tuning.why) == (100, 100, "100 requests were sent")


def test_nothing_is_advised_where_nothing_was_answered() -> None:
    tuning = Tuning(4, 100)
    for at in range(10):
        tuning.finished(Outcome(at, at + 0.5, Ending.FAILED, tuning.sent(at)))
        if tuning.is_done:
            break

    assert (tuning.why, tuning.advice(), tuning.concurrency) == ("with 1 at once 5 requests failed", None, 0)


def test_a_refusal_at_once_gives_no_advice() -> None:
    tuning = Tuning(4, 100)
    for at in range(RATE_REFUSALS):
        tuning.finished(Outcome(at, at + 0.5, Ending.REFUSED, tuning.sent(at), 429))

    assert (tuning.is_done, tuning.was_refused, tuning.advice()) == (True, True, None)


def test_a_rate_that_is_refused_when_it_is_kept_is_not_advised() -> None:
    tuning = Tuning(4, 1000)
    at, spacings = 0.0, []
    for served in (30, 40, 20, SURE_ANSWERS):  # and one refused after each of the first three
        for _ in range(served):
            tuning.finished(Outcome(at, at + 0.05, Ending.SERVED, tuning.sent(at), 200))
            at += 0.1
        spacings.append(tuning.spacing_seconds)
        tuning.finished(Outcome(at, at + 0.05, Ending.REFUSED, tuning.sent(at), 429))
        at += 0.1

    advice = tuning.advice()
    assert advice is not None
    assert spacings[2] == pytest.approx(1 / (0.97 * 39 / 4.1), abs=0.001)
    assert spacings[3] == advice.delay_seconds == pytest.approx(spacings[2] / 0.9, abs=0.001)
    assert (tuning.is_done, tuning.why) == (True, "refused 2 times")


def test_stops_where_a_delay_keeps_requests_apart() -> None:
    tuning = Tuning(8, 1000)
    for number in range(200):
        if tuning.is_done:
            break
        tuning.finished(Outcome(number * 0.5, number * 0.5 + 0.1, Ending.SERVED, tuning.sent(number * 0.5)))

    assert tuning.why == "requests are kept so far apart that more at once change nothing"
    assert [step.at_once for step in tuning.steps] == [1, 2, 3]


def test_what_came_in_one_burst_is_no_rate() -> None:
    step = Step(4, since=0.0, latencies=[0.1] * 4, answered_at=[0.1, 0.1001, 0.1002, 0.1003])
    assert step.per_second == 0

    step.answered_at += [0.2001]
    assert step.per_second == pytest.approx(40, rel=0.01)


def test_each_step_is_told_when_it_is_over() -> None:
    told: list[Step] = []
    time, job, tuning = VirtualTime(), Job(inf), Tuning(3, 1000, told.append)
    Engine(time, shop(rng := Random(1)), tuning, job, rng).look()
    time.run(100, lambda: tuning.is_done)

    assert [step.at_once for step in told] == [1, 2, 3]
    assert [step.per_second for step in told] == pytest.approx([10, 20, 30], rel=0.1)
    assert [step.latency_seconds(0.5) for step in told] == pytest.approx([0.1] * 3, rel=0.1)

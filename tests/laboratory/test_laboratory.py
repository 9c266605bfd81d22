"""The laboratory itself: its time, its shops, its rivals, and that ours keeps its promises on a few shops."""

from __future__ import annotations

from functools import partial
from math import inf
from random import Random

import pytest

from ecomscraper.laboratory.autothrottle import AutoThrottleLaw
from ecomscraper.laboratory.gates import Bucket, StatedQuota, date, seconds
from ecomscraper.laboratory.latency import Knee, Workers
from ecomscraper.laboratory.rivals import Fixed
from ecomscraper.laboratory.run import run
from ecomscraper.laboratory.scenarios import HELD_OUT, SCENARIOS, Scenario
from ecomscraper.laboratory.shop import Shop
from ecomscraper.laboratory.table import MOST, as_markdown, measure, ours
from ecomscraper.laboratory.virtual_time import VirtualTime
from ecomscraper.pace.throttle import Ending, Outcome


def scenario(name: str) -> Scenario:
    return next(each for each in (*SCENARIOS, *HELD_OUT) if each.name == name)


def test_time_runs_in_order_and_stops_when_told() -> None:
    time, seen = VirtualTime(), []
    for when in (2.0, 1.0, 1.0, 3.0):
        time.at(when, lambda when=when: seen.append((when, time.now)))

    time.run(until=10.0, ended=lambda: len(seen) == 3)
    assert seen == [(1.0, 1.0), (1.0, 1.0), (2.0, 2.0)]
    time.run(until=2.5)
    assert (len(seen), time.now) == (3, 2.5)


def test_eight_workers_serve_eight_at_once_and_no_more() -> None:
    shop = Workers(lambda now: 8, seconds=0.2, noise=0.0, rng=Random(1))

    assert [shop(0.0, number) for number in range(1, 18)] == pytest.approx([0.2] * 8 + [0.4] * 8 + [0.6])


def test_goodput_falls_past_the_knee() -> None:
    shop = Knee(knee=8, seconds=0.2, seconds_each=0.04, noise=0.0, rng=Random(1))

    assert [number / shop(0.0, number) for number in (4, 8, 10)] == pytest.approx([20, 40, 10 / 0.28])


def test_a_bucket_says_when_to_come_again() -> None:
    by_seconds, by_date = Bucket(1, 2, seconds), Bucket(1, 2, date)

    assert [by_seconds(now, 1).status for now in (0.0, 0.1, 0.2, 1.3)] == [200, 200, 429, 200]
    assert by_seconds(1.4, 1).headers == {"retry-after": "1"}
    assert [by_date(0.5, 1).status for _ in range(2)] == [200, 200]
    assert by_date(0.5, 1).headers == {
        "date": "Tue, 14 Nov 2023 22:13:20 GMT",
        "retry-after": "Tue, 14 Nov 2023 22:13:22 GMT",
    }


def test_a_stated_quota_lets_the_rest_wait() -> None:
    gate = StatedQuota(requests=2, window_seconds=10)

    assert [gate(4.0, 1).delay_seconds for _ in range(5)] == [0, 0, 6, 6, 16]
    assert gate(31.0, 1).headers == {"ratelimit": '"default";r=1;t=9'}


def test_fixed_gives_what_arithmetic_says() -> None:
    shop = Scenario("exact", lambda rng: Shop(Knee(100, 0.1, 0.0, 0.0, rng), rng), 100)

    assert run(shop, partial(Fixed, 4), seed=1).goodput == pytest.approx(40, rel=0.01)


def test_the_same_seed_gives_the_same_run() -> None:
    shop = scenario("4 proxies, 12 a second")

    assert run(shop, ours, seed=3) == run(shop, ours, seed=3)
    assert run(shop, ours, seed=3) != run(shop, ours, seed=4)


def test_autothrottle_is_scrapys() -> None:
    law = AutoThrottleLaw(target=1, start_seconds=5.0, most=8)

    law.sent(0.0)
    law.finished(Outcome(0.0, 1.0, Ending.SERVED, 1))
    assert law.spacing_seconds == 3.0  # the mean of 5 and 1
    law.sent(1.0)
    law.finished(Outcome(1.0, 1.01, Ending.REFUSED, 1, status=429))
    assert law.spacing_seconds == 3.0  # a fast refusal changes nothing


def test_who_sends_without_holds_is_seen_to() -> None:
    shop = Scenario("refuses", lambda rng: Shop(Knee(9, 0.1, 0.0, 0.0, rng), rng, Bucket(3, 3, seconds)), 20)

    assert run(shop, partial(Fixed, 2), seed=1, holds=False).inside_waits > 100
    assert run(shop, partial(Fixed, 2), seed=1).inside_waits == 0


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("knee at 8", 8),
        ("goodput falls past 8", 8),
        ("capacity halved and back", 8),
        ("one answer of 20 s", 8),
        ("429 beyond 6 at once", 6),
    ],
)
def test_ours_is_near_the_best_fixed_number(name: str, reference: int) -> None:
    shop = scenario(name)

    result = run(shop, ours, seed=1)
    assert result.goodput >= 0.9 * run(shop, partial(Fixed, reference), seed=1).goodput
    assert result.refused_share <= 0.01


@pytest.mark.parametrize(
    ("name", "per_second"),
    [
        ("3 a second, Retry-After", 3),
        ("3 a second, no header", 3),
        ("3 a second, Retry-After: 0", 3),
        ("3 a second, a date", 3),
        ("quota stated, no 429", 3),
        ("50 a second", 50),
    ],
)
def test_ours_finds_a_rate_with_few_refusals(name: str, per_second: float) -> None:
    result = run(scenario(name), ours, seed=1)

    assert 0.9 * per_second <= result.goodput <= 1.02 * per_second
    assert result.refused_share <= 0.01
    assert result.inside_waits == 0


@pytest.mark.parametrize(
    "name", ["knee at 8", "latency × 5 for a minute", "capacity halved and back", "503 for 1 s every 30 s"]
)
def test_ours_is_ahead_of_the_best_autothrottle(name: str) -> None:
    shop = scenario(name)

    assert run(shop, ours, seed=11).overall > run(shop, partial(AutoThrottleLaw, 16, 0.5, MOST), seed=11).overall


def test_twelve_pages_take_the_time_of_twelve_at_once() -> None:
    shop = scenario("12 pages")

    assert run(shop, ours, seed=1).seconds == run(shop, partial(Fixed, 12), seed=1).seconds


def test_a_finite_job_ends_with_all_pages_stored() -> None:
    shop = Scenario("job", lambda rng: Shop(Knee(9, 0.1, 0.0, 0.0, rng), rng, Bucket(5, 5, seconds)), inf, pages=30)

    result = run(shop, ours, seed=1)
    assert result.goodput * result.seconds == pytest.approx(30)


def test_the_table_has_a_row_for_a_shop() -> None:
    head, rule, row = as_markdown([measure(scenario("12 pages"))])

    assert (head.count("|"), rule.count("|"), row.count("|")) == (14, 14, 14)
    assert row.startswith("| 12 pages | ")

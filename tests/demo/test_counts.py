from __future__ import annotations

from itertools import count

from ecomscraper.demo.counts import Counts


def counts(arrivals_kept: int = 10, targets_kept: int = 10) -> Counts:
    ticks = count(1)
    return Counts(
        monotonic=lambda: next(ticks),
        wall=lambda: 1_000.0,
        arrivals_kept=arrivals_kept,
        targets_kept=targets_kept,
    )


def test_the_most_in_flight() -> None:
    asked = counts()
    for target in "abc":
        asked.arrived(target, {})
    asked.answered("a", "200")
    asked.arrived("d", {})
    assert (asked.in_flight, asked.max_in_flight, asked.requests) == (3, 3, 4)
    asked.reset()
    assert (asked.in_flight, asked.max_in_flight, asked.requests) == (3, 3, 0)


def test_what_is_remembered_is_bounded() -> None:
    asked = counts(arrivals_kept=2, targets_kept=3)
    for number in range(200):
        asked.arrived(f"/{number}", {})
        asked.answered(f"/{number}", "200")
    assert [(arrival.target, arrival.monotonic_seconds) for arrival in asked.arrivals] == [
        ("/198", 199),
        ("/199", 200),
    ]
    assert len(asked.headers) == 100
    assert list(asked.as_json()["targets"]) == ["/0", "/1", "/2"]
    assert (asked.other_targets.requests, asked.other_targets.answers) == (197, {"200": 197})
    assert (asked.requests, asked.answers) == (200, {"200": 200})


def test_arrivals_can_be_left_out() -> None:
    asked = counts(arrivals_kept=0)
    asked.arrived("/", {})
    assert asked.as_json()["arrivals"] == []

"""Pages a second of late, and what is left, in virtual time."""

from __future__ import annotations

import pytest

from ecomscraper.progress.speed import WINDOW_SECONDS, Speed


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def run(speed: Speed, clock: Clock, settled: int, pages_per_second: float, seconds: float) -> int:
    """Half a second at a time."""
    for step in range(1, int(seconds * 2) + 1):
        clock.now += 0.5
        speed.note(settled + int(pages_per_second * step / 2))
    return settled + int(pages_per_second * seconds)


def test_a_steady_crawl(clock: Clock) -> None:
    speed = Speed(clock)
    speed.note(0)
    run(speed, clock, 0, 10, 60)
    assert speed.pages_per_second() == 10
    assert speed.seconds_left(300) == 30


def test_a_look_each_minute_tells_the_speed_of_that_minute(clock: Clock) -> None:
    speed = Speed(clock)
    speeds = []
    for settled in (0, 600, 720):
        speed.note(settled)
        speeds.append(speed.pages_per_second())
        clock.now += 60
    assert speeds == [0, 10, 2]


def test_the_speed_of_before_is_forgotten(clock: Clock) -> None:
    speed = Speed(clock)
    speed.note(0)
    settled = run(speed, clock, 0, 10, 60)
    settled = run(speed, clock, settled, 0, WINDOW_SECONDS / 2)
    assert speed.pages_per_second() == 5
    run(speed, clock, settled, 0, WINDOW_SECONDS / 2)
    assert speed.pages_per_second() == 0
    assert speed.seconds_left(300) is None


def test_a_resumed_crawl_does_not_count_what_was_settled_before(clock: Clock) -> None:
    speed = Speed(clock)
    speed.note(5000)
    run(speed, clock, 5000, 4, 10)
    assert speed.pages_per_second() == 4


def test_nothing_is_foretold_from_the_first_moments(clock: Clock) -> None:
    speed = Speed(clock)
    assert (speed.pages_per_second(), speed.seconds_left(10)) == (0, None)
    speed.note(0)
    clock.now += 0.1
    speed.note(100)
    assert speed.pages_per_second() == 0
    clock.now += 2
    speed.note(100)
    assert speed.pages_per_second() == pytest.approx(100 / 2.1)
    assert speed.seconds_left(10) is None
    clock.now += 1
    speed.note(100)
    assert speed.seconds_left(10) == pytest.approx(10 * 3.1 / 100)

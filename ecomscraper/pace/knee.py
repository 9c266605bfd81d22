"""Where a shop's goodput stops growing with the number of requests at once, from the latencies seen at some numbers.

By Little's law goodput = requests at once ÷ seconds each takes. Up to the knee a request takes as long as ever, beyond
it a bit longer for each other one in its way: a broken line, which is fitted to what was seen. Goodput itself need not
be counted, which waits, beginnings and hanging requests would spoil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

LEAST_SPREAD = 0.03**2  # relative variance of latencies: none are more alike than this for long
HARM = 0.03  # of goodput, by more at once than the knee, is harmless …
HEADROOM = 1.3  # … up to so many times the knee: real knees are round
STEEPEST = 2.0  # times floor_seconds ÷ knee: with 1 goodput stays the same beyond the knee; none falls faster than this
GAIN_WORTH = 0.25  # beyond the knee: another request at once is worth it if it brings this part of its share


@dataclass(slots=True)
class Level:
    """What was seen at one number of requests at once: count of answers and of failures, mean latency in seconds."""

    served: float = 0.0
    failed: float = 0.0
    mean: float = 0.0
    squares: float = 0.0  # sum of squared distances from the mean

    def add(self, seconds: float) -> None:
        self.served += 1
        distance = seconds - self.mean
        self.mean += distance / self.served
        self.squares += distance * (seconds - self.mean)

    def fade(self, share: float) -> None:
        """Let all of it count `share` as much."""
        self.served *= share
        self.failed *= share
        self.squares *= share

    @property
    def seconds(self) -> float:
        """For each page that is served."""
        return self.mean * (self.served + self.failed) / self.served


@dataclass(frozen=True, slots=True)
class Line:
    """`floor_seconds` up to `knee` requests at once, `seconds_each` more for each beyond it; `inf`: no knee seen."""

    knee: float
    floor_seconds: float
    seconds_each: float

    def seconds(self, at_once: float) -> float:
        """What a request takes with so many at once."""
        return self.floor_seconds + self.seconds_each * max(0.0, at_once - self.knee)

    @property
    def enough(self) -> float:
        """How many at once are worth their seats, at least the knee; or `inf`."""
        return inf if self.knee == inf else max(self.knee, self._worth)

    @property
    def best(self) -> float:
        """The same, and a bit more where it does no harm: the knee may be a bit higher than it seems."""
        if self.knee == inf:
            return inf
        return max(self.enough, min(HEADROOM * self.knee, self._harmless))

    @property
    def _gentle(self) -> float:
        """Seconds that the knee's line is above one through nothing: > 0 where goodput grows on beyond the knee."""
        return self.floor_seconds - self.seconds_each * self.knee

    @property
    def _worth(self) -> float:
        """The number c at which one more brings GAIN_WORTH of its share: gentle ÷ seconds(c) = GAIN_WORTH."""
        return self._gentle * (1 / GAIN_WORTH - 1) / self.seconds_each

    @property
    def _harmless(self) -> float:
        """The number c at which goodput has fallen by HARM: c ÷ seconds(c) = (1 − HARM) · knee ÷ floor_seconds."""
        kept = (1 - HARM) * self.knee / self.floor_seconds
        excess = kept * self.seconds_each - 1
        return -kept * self._gentle / excess if excess > 0 else inf


def fitted(levels: Mapping[int, Level], doubt: float) -> Line:
    """The line with the highest knee that fits nearly as well as the best one: within `doubt` squared standard errors.

    Hope is cheap: at the higher number the next answers show whether it was right. `levels` by requests at once; one
    at least must hold an answer.
    """
    seen = [_Seen(at_once, level.seconds, level.served) for at_once, level in levels.items() if level.served >= 1]
    lowest, highest = min(point.at_once for point in seen), max(point.at_once for point in seen)
    lines = [_fit(seen, halves / 2) for halves in range(2 * lowest, 2 * highest + 1)]
    misfits = [_misfit(seen, line) for line in lines]
    most = min(misfits) + doubt * _spread(levels)
    return next(line for line, misfit in zip(reversed(lines), reversed(misfits), strict=True) if misfit <= most)


@dataclass(frozen=True, slots=True)
class _Seen:
    at_once: int
    seconds: float
    count: float


def _spread(levels: Mapping[int, Level]) -> float:
    """Relative variance of latencies within the levels."""
    several = [level for level in levels.values() if level.served > 1]
    freedom = sum(level.served - 1 for level in several)
    return max(sum(level.squares / level.mean**2 for level in several) / freedom, LEAST_SPREAD) if several else 1.0


def _misfit(seen: list[_Seen], line: Line) -> float:
    """The sum of squared relative distances."""
    return sum(point.count * (1 - line.seconds(point.at_once) / point.seconds) ** 2 for point in seen)


def _fit(seen: list[_Seen], knee: float) -> Line:
    """The line with this knee that fits best: by least squares of relative distances, and not too steep."""
    count = over_sum = over_squares = seconds_sum = product = 0.0
    for point in seen:
        weight = point.count / point.seconds**2
        over = max(0.0, point.at_once - knee)
        count += weight
        over_sum += weight * over
        over_squares += weight * over * over
        seconds_sum += weight * point.seconds
        product += weight * point.seconds * over
    determinant = count * over_squares - over_sum * over_sum
    each = (count * product - over_sum * seconds_sum) / determinant if determinant > 1e-12 * count * count else 0.0
    floor = (seconds_sum - each * over_sum) / count
    if each <= 0:
        return Line(inf, seconds_sum / count, 0.0)
    if each * knee <= STEEPEST * floor:
        return Line(knee, floor, each)
    steepness = STEEPEST / knee  # then seconds = floor · (1 + steepness · over), and only the floor is free
    floor = (seconds_sum + steepness * product) / (
        count + 2 * steepness * over_sum + steepness * steepness * over_squares
    )
    return Line(knee, floor, steepness * floor)

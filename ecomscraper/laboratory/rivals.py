"""Other laws, to measure ours against."""

from __future__ import annotations

import math

from ecomscraper.pace.throttle import Ending, Outcome


class Fixed:
    """So many requests at once, as the user says."""

    spacing_seconds = 0.0

    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self._in_flight = 0

    def sent(self, at: float) -> int:
        self._in_flight += 1
        return self._in_flight

    def finished(self, outcome: Outcome) -> None:
        self._learn(outcome)
        self._in_flight -= 1

    def left(self, requests: int, at: float) -> None:
        """Makes no difference."""

    def held(self, seconds: float) -> None:
        """Waits are kept by the engine."""

    def _learn(self, outcome: Outcome) -> None:
        """Fixed is fixed."""


class Aimd(Fixed):
    """One more for each round of answers, half as many after a refusal or failure, once a round: as TCP Reno."""

    def __init__(self, most: int) -> None:
        super().__init__(1)
        self._most = most
        self._limit = 1.0
        self._cut_at = -math.inf

    def _learn(self, outcome: Outcome) -> None:
        if outcome.ending is Ending.SERVED:
            if self._in_flight * 2 >= self.concurrency:
                self._limit = min(self._most, self._limit + 1 / self._limit)
        elif outcome.sent_at > self._cut_at:
            self._limit = max(1.0, self._limit / 2)
            self._cut_at = outcome.at
        self.concurrency = int(self._limit)


class Gradient2(Fixed):
    """Netflix's concurrency-limits, `Gradient2Limit`, with its defaults: https://github.com/Netflix/concurrency-limits

    `limit · gradient + queue`, gradient = tolerance · long ÷ short latency in 0.5…1, smoothed by a fifth.
    """

    _TOLERANCE = 1.5
    _QUEUE = 4
    _SMOOTHING = 0.2
    _LONG_WINDOW = 600
    _WARM_UP = 10

    def __init__(self, most: int) -> None:
        super().__init__(min(20, most))
        self._most = most
        self._limit = float(self.concurrency)
        self._long = 0.0
        self._seen = 0

    def _learn(self, outcome: Outcome) -> None:
        short = outcome.seconds
        self._seen += 1
        if self._seen <= self._WARM_UP:
            self._long += (short - self._long) / self._seen
        else:
            self._long += (short - self._long) * 2 / (self._LONG_WINDOW + 1)
        if self._long / short > 2:
            self._long *= 0.95
        if self._in_flight < self._limit / 2:
            return
        gradient = max(0.5, min(1.0, self._TOLERANCE * self._long / short))
        wanted = self._limit * gradient + self._QUEUE
        self._limit = min(self._most, max(1.0, self._limit * (1 - self._SMOOTHING) + wanted * self._SMOOTHING))
        self.concurrency = int(self._limit)

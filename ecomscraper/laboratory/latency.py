"""How long simulated shops take for an answer, by how much they have to do."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from random import Random
from typing import Protocol


class Latency(Protocol):
    """Seconds until the answer to a request that arrives at `now` is complete; `in_flight` counts it."""

    def __call__(self, now: float, in_flight: int) -> float: ...


class Workers:
    """`workers` serve a queue, each request in `seconds` with log-normal noise; their number may change with the time.

    What `workers` requests at once get out of it is all there is: more of them wait longer. `network_seconds` pass
    on the way and occupy nobody.
    """

    def __init__(
        self,
        workers: Callable[[float], int],
        seconds: float,
        noise: float,
        rng: Random,
        network_seconds: float = 0.0,
        slower: Callable[[float], float] = lambda now: 1.0,
    ) -> None:
        self._workers = workers
        self._seconds = seconds
        self._noise = LogNormal(noise, rng)
        self._network = network_seconds
        self._slower = slower
        self._free_at: list[float] = []  # of each worker

    def __call__(self, now: float, in_flight: int) -> float:
        workers = self._workers(now)
        while len(self._free_at) < workers:
            heapq.heappush(self._free_at, now)
        while len(self._free_at) > workers:
            heapq.heappop(self._free_at)
        starts = max(now, self._free_at[0])
        ends = starts + self._seconds * self._slower(now) * self._noise()
        heapq.heapreplace(self._free_at, ends)
        return ends - now + self._network


class Knee:
    """`seconds`, and `seconds_each` more for each request beyond `knee` that is in flight.

    Where `seconds_each` is more than seconds ÷ knee, more requests at once get less out of it.
    """

    def __init__(
        self,
        knee: int,
        seconds: float,
        seconds_each: float,
        noise: float,
        rng: Random,
        slower: Callable[[float], float] = lambda now: 1.0,
    ) -> None:
        self._knee = knee
        self._seconds = seconds
        self._each = seconds_each
        self._noise = LogNormal(noise, rng)
        self._slower = slower

    def __call__(self, now: float, in_flight: int) -> float:
        over = max(0, in_flight - self._knee)
        return (self._seconds + over * self._each) * self._noise() * self._slower(now)


class LogNormal:
    """Factors with a mean of 1; `sigma` is the standard deviation of their logarithm."""

    def __init__(self, sigma: float, rng: Random) -> None:
        self._sigma = sigma
        self._rng = rng

    def __call__(self) -> float:
        return math.exp(self._rng.gauss(-self._sigma * self._sigma / 2, self._sigma)) if self._sigma else 1.0

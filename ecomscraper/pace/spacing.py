"""When the next request may be sent: all the rules about the distance of requests to one site in one place."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any `seconds`: `Request-rate: 3/10s` of robots.txt is `Rate(3, 10)`."""

    requests: int
    seconds: float

    def __post_init__(self) -> None:
        if self.requests < 1 or not 0 < self.seconds < inf:
            raise ValueError(f"{self.requests} requests in {self.seconds} s: both must be > 0")


@dataclass(frozen=True, slots=True)
class PauseAfter:
    """After each `requests` requests none for `seconds`."""

    requests: int
    seconds: float

    def __post_init__(self) -> None:
        if self.requests < 1 or not 0 < self.seconds < inf:
            raise ValueError(f"{self.seconds} s after {self.requests} requests: both must be > 0")


@dataclass(frozen=True, slots=True)
class Distances:
    """What is to be kept, in seconds; all of it together.

    `delay_seconds`: no two requests closer (`Crawl-delay`). `random_extra_seconds`: each distance grows by an evenly
    drawn part of this. `rates`: all of them hold.
    """

    delay_seconds: float = 0.0
    random_extra_seconds: float = 0.0
    rates: tuple[Rate, ...] = ()
    pause_after: PauseAfter | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.delay_seconds < inf and 0 <= self.random_extra_seconds < inf):
            raise ValueError("delay_seconds and random_extra_seconds must be ≥ 0")


class Spacing:
    """Ask `next_at()` before a request, wait until then, ask again (it may have moved), send, tell `sent()`.

    `distances` may be set at any time, as when robots.txt is read. A new delay counts from the last request, as do the
    first rates that are set: that request was the one for robots.txt. `clock` gives seconds, monotonic.
    """

    def __init__(self, distances: Distances, clock: Callable[[], float], rng: Random) -> None:
        self._clock = clock
        self._rng = rng
        self._last = -inf
        self._extra_share = 0.0  # of random_extra_seconds, drawn once for each distance
        self._since_pause = 0
        self._held_until = -inf
        self._sent: deque[float] = deque()  # as far back as the longest rate looks
        self.distances = distances
        self.stretch = 1.0  # ≥ 1: of several that keep the distances together, each keeps longer ones

    def next_at(self) -> float:
        """The earliest time, in seconds of the clock, at which the next request may be sent; it may be past."""
        kept = self.distances
        extra = self._extra_share * kept.random_extra_seconds
        stretch = self.stretch
        times = [self._held_until, self._last + (kept.delay_seconds + extra) * stretch]
        times += [
            self._sent[-rate.requests] + rate.seconds * stretch
            for rate in kept.rates
            if len(self._sent) >= rate.requests
        ]
        if kept.pause_after and self._since_pause * stretch >= kept.pause_after.requests:
            times.append(self._last + kept.pause_after.seconds * max(1.0, stretch / kept.pause_after.requests))
        return max(times)

    def wait_seconds(self) -> float:
        """Seconds from now until the next request may be sent; 0 where it may be sent now."""
        return max(self.next_at() - self._clock(), 0.0)

    def sent(self) -> None:
        """A request goes out now."""
        now = self._clock()
        kept = self.distances
        pause_is_over = kept.pause_after and self._since_pause * self.stretch >= kept.pause_after.requests
        self._since_pause = 1 if pause_is_over else self._since_pause + 1
        self._last = now
        self._extra_share = self._rng.random()
        self._remember(now)

    def hold(self, seconds: float) -> None:
        """Nothing is sent for `seconds` from now, as a shop asks by `Retry-After`. Never shortens a hold."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    def _remember(self, now: float) -> None:
        self._sent.append(now)
        longest = max((rate.seconds for rate in self.distances.rates), default=0.0)
        while len(self._sent) > 1 and self._sent[0] <= now - longest * self.stretch:
            self._sent.popleft()

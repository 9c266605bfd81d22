"""Whom simulated shops turn away, and what they tell them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from math import ceil
from random import Random
from typing import Protocol

from ecomscraper.demo.load import RateBucket

EPOCH = 1_700_000_000.0  # what the shop's calendar says at time 0

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says of a request: refused with `status`, or let in (200) after `delay_seconds`."""

    status: int = 200
    headers: Headers | None = None
    delay_seconds: float = 0.0


LET_IN = Verdict()


class Gate(Protocol):
    """Decides on a request that arrives at `now`; `in_flight` counts it."""

    def __call__(self, now: float, in_flight: int) -> Verdict: ...


def open_gate(now: float, in_flight: int) -> Verdict:
    """Lets everybody in."""
    return LET_IN


def no_header(now: float, wait_seconds: float) -> Headers:
    return {}


def zero(now: float, wait_seconds: float) -> Headers:
    return {"retry-after": "0"}


def seconds(now: float, wait_seconds: float) -> Headers:
    return {"retry-after": str(max(1, ceil(wait_seconds)))}


def date(now: float, wait_seconds: float) -> Headers:
    """Rounded up: a date has whole seconds."""
    return {
        "date": formatdate(int(EPOCH + now), usegmt=True),
        "retry-after": formatdate(ceil(EPOCH + now + max(1.0, wait_seconds)), usegmt=True),
    }


class Bucket:
    """A token bucket of `per_second` requests and `burst` at once; `tells` makes the headers of its 429."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        tells: Callable[[float, float], Headers],
        slower: Callable[[float], float] = lambda now: 1.0,
    ) -> None:
        self._per_second = per_second
        self._now = 0.0  # of the bucket's own clock, which is slower when the shop is
        self._looked_at = 0.0
        self._slower = slower
        self._tells = tells
        self._bucket = RateBucket(per_second, burst, lambda: self._now)

    def __call__(self, now: float, in_flight: int) -> Verdict:
        self._now += (now - self._looked_at) / self._slower(now)
        self._looked_at = now
        wait = self._bucket.wait_seconds()
        return Verdict(429, self._tells(now, wait)) if wait else LET_IN


class StatedQuota:
    """`requests` in each window of `window_seconds`: headers say what is left, and what is more waits for the next."""

    def __init__(self, requests: int, window_seconds: float) -> None:
        self._requests = requests
        self._window_seconds = window_seconds
        self._window = 0
        self._used = 0

    def __call__(self, now: float, in_flight: int) -> Verdict:
        window = int(now // self._window_seconds)
        if window > self._window:
            self._used = max(0, self._used - (window - self._window) * self._requests)
            self._window = window
        self._used += 1
        ahead = (self._used - 1) // self._requests  # windows that are used up before this request's turn
        reset = (window + 1) * self._window_seconds - now
        delay = reset + (ahead - 1) * self._window_seconds if ahead else 0.0
        if ahead:
            reset = self._window_seconds  # the answer tells of the window in which it is made
        left = self._requests - 1 - (self._used - 1) % self._requests
        return Verdict(200, {"ratelimit": f'"default";r={left};t={max(1, ceil(reset))}'}, delay)


class Bursts:
    """503 for `seconds`, every so often: what a shop does whose server restarts."""

    def __init__(self, every_seconds: float, seconds: float) -> None:
        self._every = every_seconds
        self._seconds = seconds

    def __call__(self, now: float, in_flight: int) -> Verdict:
        return Verdict(503, {}) if now % self._every > self._every - self._seconds else LET_IN


class ByChance:
    """503 for a `share` of the requests, whoever comes: one of the shop's servers is broken."""

    def __init__(self, share: float, rng: Random) -> None:
        self._share = share
        self._rng = rng

    def __call__(self, now: float, in_flight: int) -> Verdict:
        return Verdict(503, {}) if self._rng.random() < self._share else LET_IN


class Seats:
    """429 for whoever makes it more than `seats` at once."""

    def __init__(self, seats: int) -> None:
        self._seats = seats

    def __call__(self, now: float, in_flight: int) -> Verdict:
        return Verdict(429, {}) if in_flight > self._seats else LET_IN

"""A site that fails many times in a row is left alone, tried again by one request, and in the end given up.

    closed ──N failures in a row──> open ──pause is over──> half-open: one probe
      ^                              ^                          │
      └────────── it answers ────────┼──────────────────────────┤
                                     └── it fails: longer pause ┤
                                          given up <────────────┘ it fails and patience is over

https://martinfowler.com/bliki/CircuitBreaker.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Opened:
    """The site is left alone for `pause_seconds` from `at`, a time of the clock, after so many failures in a row."""

    at: float
    failures: int
    pause_seconds: float


@dataclass(frozen=True, slots=True)
class Closed:
    """The site answers again, `after_seconds` after it was left alone for the first time."""

    at: float
    after_seconds: float


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The site did not answer within the patience; `failures` in a row, probes included."""

    at: float
    after_seconds: float
    failures: int


class Breaker:
    """Ask `admit()` before each request to the site; tell `succeeded()` or `failed()` of each answer.

    `failures_in_a_row` open it for `pause_seconds`; each probe that fails doubles the pause, up to `pause_cap_seconds`.
    The last pause is cut so that the last probe goes when `patience_seconds` have passed since it first opened. If that
    one fails, the site is given up and no request goes any more. `clock` gives seconds, monotonic.

    An answer counts where its request was sent in the present state: what was under way when the breaker opened says
    nothing new. A success is any answer that shows that the site is alive, a 404 too.

    Raises ValueError if failures_in_a_row < 1 or a time is not positive.
    """

    def __init__(
        self,
        *,
        failures_in_a_row: int,
        pause_seconds: float,
        pause_cap_seconds: float,
        patience_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        if failures_in_a_row < 1:
            raise ValueError(f"failures_in_a_row = {failures_in_a_row}, must be ≥ 1")
        if not (0 < pause_seconds <= pause_cap_seconds and patience_seconds > 0):
            raise ValueError("pauses and patience must be > 0, and the cap no shorter than the pause")
        self._limit = failures_in_a_row
        self._first_pause = pause_seconds
        self._pause_cap = pause_cap_seconds
        self._patience = patience_seconds
        self._clock = clock
        self._state = State.CLOSED
        self._since = -inf  # of the present state
        self._failures = 0
        self._pause = pause_seconds
        self._opened_first = -inf
        self._patience_ends = inf
        self._probe_at = inf

    @property
    def state(self) -> State:
        return self._state

    def wait_seconds(self) -> float:
        """0 where a request may go now, `inf` where none may any more; else seconds until the next probe may go."""
        if self._state is State.CLOSED:
            return 0.0
        if self._state is State.GIVEN_UP:
            return inf
        return max(self._probe_at - self._clock(), 0.0)

    def admit(self) -> bool:
        """Whether a request may go now; True in a broken state means that the caller sends the probe.

        A probe whose answer never comes is followed by another after the longest pause, which is to be longer than the
        time limit of a request: a site that hangs is asked once at a time.
        """
        if self._state is State.CLOSED:
            return True
        if self._state is State.GIVEN_UP or self.wait_seconds() > 0:
            return False
        if self._state is State.OPEN:
            self._enter(State.HALF_OPEN)
        self._probe_at = self._clock() + self._pause_cap
        return True

    def succeeded(self, sent_at: float) -> Closed | None:
        """Count an answer to a request that was sent at `sent_at`, seconds of the clock."""
        if sent_at < self._since or self._state in {State.OPEN, State.GIVEN_UP}:
            return None
        self._failures = 0
        if self._state is State.CLOSED:
            return None
        self._enter(State.CLOSED)
        return Closed(self._since, self._since - self._opened_first)

    def failed(self, sent_at: float) -> Opened | GivenUp | None:
        """Count a failure of a request that was sent at `sent_at`, seconds of the clock."""
        if sent_at < self._since or self._state in {State.OPEN, State.GIVEN_UP}:
            return None
        self._failures += 1
        if self._state is State.HALF_OPEN:
            return self._open(self._pause * 2) if self._clock() < self._patience_ends else self._give_up()
        if self._failures < self._limit:
            return None
        self._opened_first = self._clock()
        self._patience_ends = self._opened_first + self._patience
        return self._open(self._first_pause)

    def _open(self, pause_seconds: float) -> Opened:
        self._enter(State.OPEN)
        self._pause = min(pause_seconds, self._pause_cap)
        self._probe_at = min(self._since + self._pause, self._patience_ends)
        return Opened(self._since, self._failures, self._probe_at - self._since)

    def _give_up(self) -> GivenUp:
        self._enter(State.GIVEN_UP)
        return GivenUp(self._since, self._since - self._opened_first, self._failures)

    def _enter(self, state: State) -> None:
        self._state = state
        self._since = self._clock()

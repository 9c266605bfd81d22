"""Everything that decides when the next request to one site may be sent, in one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from random import Random

from ecomscraper.pace.backoff import ceiling_seconds
from ecomscraper.pace.breaker import Breaker, Closed, GivenUp, Opened
from ecomscraper.pace.budget import RetryBudget
from ecomscraper.pace.refusals import Refusals
from ecomscraper.pace.retry_after import asked_wait
from ecomscraper.pace.spacing import Distances, Spacing
from ecomscraper.pace.transient import transient

# A single 503 is often the fault of one page; this many refusals in a row are the site's.
BUSY_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class PaceLimits:
    """How patient we are with one site."""

    base_seconds: float  # of the back-off: the ceiling of the first wait
    cap_seconds: float  # of the back-off: no ceiling is higher
    longest_wait_seconds: float  # that a shop may ask for; beyond it the crawl stops
    budget_share: float  # of the requests that may be retries
    budget_window_seconds: float
    budget_least: int  # retries in a window that are always allowed
    breaker_failures: int  # in a row, until the site is left alone
    breaker_pause_seconds: float
    breaker_pause_cap_seconds: float
    breaker_patience_seconds: float
    also_transient: frozenset[int] = frozenset()  # statuses, as the profile says


@dataclass(frozen=True, slots=True)
class AskedToWait:
    """The shop refused and said, or we decided, how long nothing is sent to it. `too_long`: longer than we wait."""

    seconds: float
    reason: str  # why, as a reason of the closed list; "http_200" for a quota that is used up
    said_by: str  # the header, or "back-off"
    too_long: bool = False


Event = AskedToWait | Opened | Closed | GivenUp


class SitePace:
    """Ask `wait_seconds()` before a request, send it when that is 0, tell `sent()`, then its outcome.

    `clock` gives seconds, monotonic; `wall` seconds since 1970.
    """

    def __init__(
        self,
        limits: PaceLimits,
        distances: Distances,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
        rng: Random,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._wall = wall
        self._rng = rng
        self.spacing = Spacing(distances, clock, rng)
        self.budget = RetryBudget(limits.budget_share, limits.budget_window_seconds, limits.budget_least, clock)
        self._refusals = Refusals(clock)
        self._held_at = -inf  # when the last wait was told
        self._asked_too_long = False
        self._breaker = Breaker(
            failures_in_a_row=limits.breaker_failures,
            pause_seconds=limits.breaker_pause_seconds,
            pause_cap_seconds=limits.breaker_pause_cap_seconds,
            patience_seconds=limits.breaker_patience_seconds,
            clock=clock,
        )

    def wait_seconds(self) -> float:
        """Seconds until the next request may be sent; 0: now; `inf`: never."""
        return max(self.spacing.wait_seconds(), self._breaker.wait_seconds())

    def sent(self, *, is_retry: bool) -> float:
        """A request goes out now; the time of the clock, to be told with its outcome."""
        self._breaker.admit()
        self.spacing.sent()
        self.budget.sent(is_retry=is_retry)
        return self._clock()

    def answered(self, sent_at: float, status: int, headers: Mapping[str, str]) -> list[Event]:
        """An answer came. `headers`: names in lower case. What follows from it, for the log."""
        reason = f"http_{status}"
        failure = transient(reason, self._limits.also_transient)
        wait = self._wait_asked_for(status, headers, reason)
        if failure is None or not failure.refusal:
            self._refusals.answered(sent_at)
        elif (refused := self._refusals.refused(sent_at)) and wait is None:
            wait = self._own_wait(refused.in_a_row, reason)
        change = self._breaker.failed(sent_at) if failure is not None else self._breaker.succeeded(sent_at)
        return [*self._held(wait, sent_at), *([change] if change else [])]

    def failed(self, sent_at: float) -> list[Event]:
        """No answer came, or half of one."""
        change = self._breaker.failed(sent_at)
        return [change] if change else []

    def _held(self, wait: AskedToWait | None, sent_at: float) -> list[Event]:
        """Keep a wait, always; tell of it where the request could have known of the last one: a burst is one event."""
        if wait is None:
            return []
        self.spacing.hold(wait.seconds)
        is_news = sent_at > self._held_at or (wait.too_long and not self._asked_too_long)
        if not is_news:
            return []
        self._held_at = self._clock()
        self._asked_too_long = wait.too_long
        return [wait]

    def _wait_asked_for(self, status: int, headers: Mapping[str, str], reason: str) -> AskedToWait | None:
        asked = asked_wait(status, headers, now=self._wall(), cap_seconds=self._limits.longest_wait_seconds)
        return AskedToWait(asked.seconds, reason, asked.field, asked.beyond_cap) if asked else None

    def _own_wait(self, in_a_row: int, reason: str) -> AskedToWait | None:
        steps = in_a_row if reason != "http_503" else in_a_row - BUSY_IN_A_ROW + 1
        if steps < 1:
            return None
        ceiling = ceiling_seconds(steps, self._limits.base_seconds, self._limits.cap_seconds)
        return AskedToWait(ceiling * self._rng.uniform(0.5, 1.0), reason, "back-off")

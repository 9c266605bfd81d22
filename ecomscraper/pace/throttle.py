"""How many requests to one site at once, and how far apart: found from its answers, never above the user's limits.

| what it finds                          | from                                             | file              |
|----------------------------------------|--------------------------------------------------|-------------------|
| how many at once serve best            | latencies at some numbers: the knee              | climb.py, knee.py |
| the rate that the shop lets pass       | refusals, and what was served between them       | rate_ceiling.py   |
| how many at once the shop lets in      | refusals of more at once than were ever served   | seat_limit.py     |
| which refusals are not about us        | those at far less than a rate that was served    | chance.py         |
| which requests are no load to the shop | those that were overtaken                        | under_way.py      |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from ecomscraper.pace.chance import Chance
from ecomscraper.pace.climb import START, Climb
from ecomscraper.pace.rate_ceiling import RateCeiling
from ecomscraper.pace.seat_limit import SeatLimit
from ecomscraper.pace.under_way import UnderWay

PROBE_SECONDS = 0.25  # after a refusal, until an answer comes, requests go one by one, this far apart
LOSS_SHARE = 0.7  # of what was under way is kept when requests fail and none that was sent later is served
LATE = 4.0  # times the usual latency: such a request may hang …
LEAST_LATE_SECONDS = 0.5  # … but not sooner
LAG_SHARE = 0.5  # of the usual latency: a lag of our own event loop that makes latencies useless …
LEAST_LAG_SECONDS = 0.1  # … but no shorter one: a busy machine has them all the time, and would learn nothing
HALF_LIFE_SECONDS = 7 * 86400.0  # of what was learnt in an earlier crawl


BUSY = 503  # it may be one server's or one page's, where no wait is asked for; a 429 means us


class Ending(StrEnum):
    SERVED = "served"  # an answer that shows that the shop works, a 404 too
    REFUSED = "refused"  # 429, 503, and what the profile counts as such
    FAILED = "failed"  # timeout, reset, half an answer
    DROPPED = "dropped"  # by ourselves: it says nothing of the shop


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended. Times are seconds of the monotonic clock.

    `beside` is what `sent()` said of it; `status` is 0 where no answer came.
    """

    sent_at: float
    at: float
    ending: Ending
    beside: int
    status: int = 200

    @property
    def seconds(self) -> float:
        return self.at - self.sent_at


@dataclass(frozen=True, slots=True)
class ThrottleLimits:
    """The user's: the throttle stays within them. `spacing_seconds` is the least time between two requests.

    Raises ValueError if concurrency < 1 or spacing_seconds is negative.
    """

    concurrency: int
    spacing_seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.concurrency < 1 or not 0 <= self.spacing_seconds < inf:
            raise ValueError(f"{self.concurrency} at once, {self.spacing_seconds} s apart: must be ≥ 1 and ≥ 0")


class Throttle:
    """Tell `sent()` and `finished()` of each request; `concurrency` and `spacing_seconds` hold until the next event.

    It leaves waits to others: whoever sends also keeps the site's holds, and tells their length by `held()`.
    """

    def __init__(self, limits: ThrottleLimits) -> None:
        self._limits = limits
        self._climb = Climb(limits.concurrency)
        self._rate = RateCeiling()
        self._seats = SeatLimit(limits.concurrency)
        self._chance = Chance()
        self._under_way = UnderWay()
        self._refused_at = -inf  # the last refusal that was news
        self._probing = False
        self._told_to_wait = False
        self._cut_at = -inf

    @classmethod
    def from_memory(cls, limits: ThrottleLimits, state: Mapping[str, object], age_seconds: float) -> Throttle:
        """Begin near what `state()` said `age_seconds` ago; the older it is, the nearer to knowing nothing."""
        throttle = cls(limits)
        trust = 0.5 ** (max(0.0, age_seconds) / HALF_LIFE_SECONDS)
        level, rate, seats = state.get("concurrency"), state.get("rate_per_second"), state.get("seats")
        if isinstance(level, int) and level >= 1:
            start = round(START + (level - START) * trust)
            was_on_the_way = bool(state.get("doubling")) or level == state.get("limit")
            throttle._climb = Climb(
                limits.concurrency, start, doubling=was_on_the_way or trust < 0.5, why="as an earlier crawl found it"
            )
        if isinstance(rate, (int, float)) and 0 < rate < inf and trust >= 0.1:
            throttle._rate = RateCeiling(float(rate))
        if isinstance(seats, int) and seats >= 1 and trust >= 0.5:
            throttle._seats = SeatLimit(limits.concurrency, seats)
        return throttle

    @property
    def concurrency(self) -> int:
        """How many requests may be under way, ≥ 1."""
        level = 1 if self._probing else min(self._climb.level, self._seats.seats)
        return min(self._limits.concurrency, level + self._under_way.hanging)

    @property
    def spacing_seconds(self) -> float:
        """The least time between two requests, ≥ 0."""
        spacing = max(self._limits.spacing_seconds, 1 / self._rate.per_second)
        return max(spacing, PROBE_SECONDS) if self._probing else spacing

    @property
    def why(self) -> str:
        """What it does at present and why, in a few words."""
        if self._probing:
            return "refused: one at a time until an answer comes"
        if self._rate.per_second < inf and len(self._under_way) < self._climb.level:
            return f"held at {self._rate.per_second:.3g} a second: {self._rate.why}"
        if self._seats.seats < self._climb.level:
            return f"held at {self._seats.seats} at once: more were refused"
        if self._climb.is_idle:
            return f"no more than {self._climb.level} at once: half of the seats are free"
        return self._climb.why

    def state(self) -> dict[str, float | int | str | None]:
        """What is known, for the database and `from_memory`.

        Rates in requests a second; None: nothing was refused. `seats`: None where their number was never refused.
        """
        ceiling, seats = self._rate.per_second, self._seats.seats
        return {
            "concurrency": self._climb.settled,
            "limit": self._limits.concurrency,
            "doubling": self._climb.doubling,
            "seats": seats if seats < self._limits.concurrency else None,
            "hanging": self._under_way.hanging,
            "latency_seconds": round(self._climb.usual, 4),
            "ceiling_per_second": round(ceiling, 4) if ceiling < inf else None,
            "rate_per_second": round(self._rate.learnt, 4) if self._rate.learnt < inf else None,
            "why": self.why,
        }

    def limit(self, concurrency: int, at: float) -> None:
        """The user's limit is this from now on, or a worker's share of it. Raises ValueError if it is < 1."""
        if concurrency == self._limits.concurrency:
            return
        self._limits = replace(self._limits, concurrency=concurrency)
        self._climb.limit(concurrency, at)
        self._seats.limit(concurrency)

    def left(self, requests: int, at: float) -> None:
        """The job has no more requests than that, with those under way."""
        self._climb.left(requests, at)

    def sent(self, at: float) -> int:
        """A request goes out: how many are under way with it, to be told with its outcome."""
        self._under_way.sent(at)
        return len(self._under_way)

    def held(self, seconds: float) -> None:
        """Nothing is sent for so long, because the shop refused; to be told before the end of that request."""
        self._rate.held(seconds)
        self._told_to_wait = True

    def lag(self, at: float, seconds: float) -> None:
        """Our own event loop was so late at `at`: what is under way looks slower than it is."""
        if seconds > max(LEAST_LAG_SECONDS, LAG_SHARE * self._climb.usual):
            self._climb.ignore_sent_before(at)

    def finished(self, outcome: Outcome) -> None:
        """A request ended, which `sent()` was told of."""
        at, sent_at = outcome.at, outcome.sent_at
        at_once = max(outcome.beside, len(self._under_way))  # whatever was more: beginnings and ends are not to blame
        self._under_way.ended(sent_at)
        match outcome.ending:
            case Ending.SERVED:
                self._under_way.served(sent_at)
                self._served(at, sent_at, outcome.beside, at_once - self._under_way.hanging)
            case Ending.REFUSED:
                self._refused(outcome)
            case Ending.FAILED:
                self._failed(at, sent_at)
        self._told_to_wait = False
        self._under_way.look(at, max(LEAST_LATE_SECONDS, LATE * self._climb.usual))

    def _served(self, at: float, sent_at: float, beside: int, load: int) -> None:
        self._rate.served(at, sent_at)
        self._seats.served(beside)
        self._chance.served(sent_at)
        if sent_at > self._refused_at:
            self._probing = False
        if not self._probing:
            self._climb.answered(at, sent_at, load)

    def _refused(self, outcome: Outcome) -> None:
        at, beside = outcome.at, outcome.beside
        if outcome.sent_at <= self._refused_at:
            return  # one of a burst
        self._refused_at = at
        by_chance = self._chance.refused(at)
        if by_chance and outcome.status == BUSY and not self._told_to_wait:
            self._rate, self._seats = RateCeiling(), SeatLimit(self._limits.concurrency)
            return
        self._probing = True
        too_fast = self._climb.doubling or self._rate.tries_more
        if self._seats.refused(beside, too_fast=too_fast):
            self._climb.settle(at, self._seats.seats, f"{beside} at once were refused")
        elif self._rate.refused(at) and self._climb.doubling:
            self._climb.settle(at, self._climb.level // 2, "doubling was refused")

    def _failed(self, at: float, sent_at: float) -> None:
        self._climb.failed(at, sent_at)
        if sent_at > max(self._under_way.latest_served, self._cut_at):
            self._cut_at = at
            self._climb.lose(at, LOSS_SHARE, "requests fail, and none that was sent later is served")

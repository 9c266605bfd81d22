"""A throttle, and what happened at its egress since somebody last looked."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Protocol

from ecomscraper.pace.egress import Egress
from ecomscraper.pace.throttle import Ending, Outcome, Throttle

MOST_LATENCIES = 1000  # the latest of them, from which a sample's quantiles come


class Law(Protocol):
    """What decides for an egress: a `Throttle`, which see, or what is in its place."""

    @property
    def concurrency(self) -> int: ...

    @property
    def spacing_seconds(self) -> float: ...

    @property
    def why(self) -> str: ...

    def state(self) -> Mapping[str, Any]: ...

    def sent(self, at: float) -> int: ...

    def finished(self, outcome: Outcome) -> None: ...

    def held(self, seconds: float) -> None: ...

    def lag(self, at: float, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """`seconds` of an egress: how its requests ended, and what its throttle allowed in the end.

    Latencies in seconds, of requests that were served; None where none was.
    """

    egress: Egress
    seconds: float
    concurrency: int
    spacing_seconds: float
    in_flight: int
    served: int
    refused: int
    failed: int
    latency_median_seconds: float | None
    latency_p95_seconds: float | None
    why: str


class ThrottleRecord:
    """Tell it `sent()` and `finished()`, and it tells its throttle. Times are those of one monotonic clock."""

    def __init__(self, egress: Egress, throttle: Law, at: float) -> None:
        self.egress = egress
        self.throttle = throttle
        self.served = 0  # in all
        self._since = at
        self._last_sent = -inf
        self._in_flight = 0
        self._endings: Counter[Ending] = Counter()
        self._latencies: deque[float] = deque(maxlen=MOST_LATENCIES)

    @property
    def is_full(self) -> bool:
        """Whether as many requests are under way as may be: the next one goes when one of them ended."""
        return self._in_flight >= self.throttle.concurrency

    def wait_seconds(self, at: float) -> float:
        """Seconds until the next request is far enough from the last one; ≤ 0: it is."""
        return self._last_sent + self.throttle.spacing_seconds - at

    def left(self, requests: int, at: float) -> None:
        """The job has no more requests than that, with those under way."""
        if isinstance(self.throttle, Throttle):  # to others it makes no difference
            self.throttle.left(requests, at)

    def sent(self, at: float) -> int:
        """A request goes out: how many are under way with it, to be told with its outcome."""
        self._last_sent = at
        self._in_flight += 1
        return self.throttle.sent(at)

    def finished(self, outcome: Outcome) -> None:
        """A request ended, which `sent()` was told of."""
        self._in_flight -= 1
        self._endings[outcome.ending] += 1
        if outcome.ending is Ending.SERVED:
            self.served += 1
            self._latencies.append(outcome.seconds)
        self.throttle.finished(outcome)

    def sample(self, at: float) -> Sample | None:
        """What happened since the last sample; None where nothing did."""
        if not self._endings and not self._in_flight:
            self._since = at
            return None
        ordered = sorted(self._latencies)
        sample = Sample(
            egress=self.egress,
            seconds=at - self._since,
            concurrency=self.throttle.concurrency,
            spacing_seconds=self.throttle.spacing_seconds,
            in_flight=self._in_flight,
            served=self._endings[Ending.SERVED],
            refused=self._endings[Ending.REFUSED],
            failed=self._endings[Ending.FAILED],
            latency_median_seconds=_quantile(ordered, 0.5),
            latency_p95_seconds=_quantile(ordered, 0.95),
            why=self.throttle.why,
        )
        self._since = at
        self._endings.clear()
        self._latencies.clear()
        return sample


def _quantile(ordered: list[float], share: float) -> float | None:
    """The smallest of them that at least `share` of them do not exceed."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None

"""What the demo shop was asked: requests, answers, how many at a time, and when."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as it came in: `monotonic_seconds` of the shop's clock, `wall_seconds` since 1970."""

    target: str
    """Path and query string."""
    monotonic_seconds: float
    wall_seconds: float
    headers: Mapping[str, str]


class Counts:
    """Counted since the start or the last `reset`.

    A request is in flight from its arrival to the end of its answer. The latest `arrivals_kept` arrivals are
    remembered whole, everything else as numbers.
    """

    def __init__(
        self, *, monotonic: Callable[[], float], wall: Callable[[], float], arrivals_kept: int
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self.arrivals: deque[Arrival] = deque(maxlen=arrivals_kept)
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but what is in flight."""
        self.requests: Counter[str] = Counter()
        self.answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.max_in_flight = self.in_flight
        self.arrivals.clear()

    def arrived(self, target: str, headers: Mapping[str, str]) -> int:
        """Count a request in; its try: 1 for the first one of this target since the last reset."""
        self.requests[target] += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        if self.arrivals.maxlen:
            self.arrivals.append(Arrival(target, self._monotonic(), self._wall(), headers))
        return self.requests[target]

    def answered(self, target: str, outcome: str) -> None:
        """Count a request out: `outcome` is its status, or `none` if no whole answer was sent."""
        self.in_flight -= 1
        self.answers[target][outcome] += 1

    def as_json(self) -> dict[str, Any]:
        """Plain values, for tests and people that ask over HTTP."""
        outcomes: Counter[str] = Counter()
        for answers in self.answers.values():
            outcomes.update(answers)
        return {
            "requests": self.requests.total(),
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "answers": outcomes,
            "paths": {
                target: {"requests": number, "answers": self.answers.get(target, {})}
                for target, number in self.requests.items()
            },
            "arrivals": [
                {
                    "target": arrival.target,
                    "monotonic_seconds": arrival.monotonic_seconds,
                    "wall_seconds": arrival.wall_seconds,
                    "headers": dict(arrival.headers),
                }
                for arrival in self.arrivals
            ],
        }

"""What the demo shop was asked: requests, answers, how many at a time, and when."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_HEADERS_KEPT = 100  # requests; each takes about a kilobyte


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as it came in."""

    target: str
    """Path and query string."""
    monotonic_seconds: float
    wall_seconds: float
    """Since 1970, UTC."""


@dataclass(slots=True)
class TargetCount:
    """What one target was asked, and how often each outcome was the answer."""

    requests: int = 0
    answers: dict[str, int] = field(default_factory=dict)


class Counts:
    """Counted since the start or the last `reset`.

    A request is in flight from its arrival to the end of its answer. Memory is bounded: the latest
    `arrivals_kept` arrivals and 100 headers are remembered, and the first `targets_kept` targets are counted
    one by one, the others together.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
        arrivals_kept: int,
        targets_kept: int,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._targets_kept = targets_kept
        self.arrivals: deque[Arrival] = deque(maxlen=arrivals_kept)
        self.headers: deque[tuple[str, Mapping[str, str]]] = deque(maxlen=_HEADERS_KEPT)
        """(target, headers) of the latest requests."""
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but what is in flight."""
        self.requests = 0
        self.answers: Counter[str] = Counter()
        self.max_in_flight = self.in_flight
        self._targets: dict[str, TargetCount] = {}
        self.other_targets = TargetCount()
        self.arrivals.clear()
        self.headers.clear()

    def target(self, target: str) -> TargetCount:
        """The count of one target (path and query string)."""
        return self._targets.get(target) or TargetCount()

    def arrived(self, target: str, headers: Mapping[str, str]) -> None:
        """Count a request in."""
        self.requests += 1
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self._counted(target).requests += 1
        if self.arrivals.maxlen:
            self.arrivals.append(Arrival(target, self._monotonic(), self._wall()))
        self.headers.append((target, headers))

    def answered(self, target: str, outcome: str) -> None:
        """Count a request out: `outcome` is its status, or `none` if a fault or the client cut it off."""
        self.in_flight -= 1
        self.answers[outcome] += 1
        answers = self._counted(target).answers
        answers[outcome] = answers.get(outcome, 0) + 1

    def as_json(self) -> dict[str, Any]:
        """Plain values, for tests and people that ask over HTTP."""
        return {
            "requests": self.requests,
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "answers": self.answers,
            "targets": {target: _plain(count) for target, count in self._targets.items()},
            "other_targets": _plain(self.other_targets),
            "arrivals": [
                {
                    "target": arrival.target,
                    "monotonic_seconds": arrival.monotonic_seconds,
                    "wall_seconds": arrival.wall_seconds,
                }
                for arrival in self.arrivals
            ],
            "headers": [{"target": target, "headers": dict(headers)} for target, headers in self.headers],
        }

    def _counted(self, target: str) -> TargetCount:
        count = self._targets.get(target)
        if count is None:
            if len(self._targets) >= self._targets_kept:
                return self.other_targets
            count = self._targets[target] = TargetCount()
        return count


def _plain(count: TargetCount) -> dict[str, Any]:
    return {"requests": count.requests, "answers": count.answers}

"""Whose turn it is: each gets its share, and those that are slow or fail a lot get less of it. Pure.

Stride scheduling (Waldspurger and Weihl, 1995): whoever had least so far is next, and a turn counts for more where it
costs more. Equals differ by one turn at most, whatever the order in which their answers come.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import inf
from random import Random
from statistics import median

LATENCY_MEMORY = 0.8  # of the average is kept with each new answer
SUCCESS_MEMORY = 0.9
SLOW = 2.0  # times the usual latency: up to this all are equal, or chance would choose
LEAST_SUCCESS = 0.1  # a turn costs ten times as much at most for either cause


@dataclass(slots=True)
class Standing:
    """How one stands. Times are seconds of one monotonic clock."""

    in_flight: int = 0
    used_at: float = -inf
    had: float = 0.0
    """What its turns have cost so far."""
    latency: float | None = None
    """Average seconds until an answer, the latest ones foremost; None before the first."""
    success: float = 1.0
    """Share of its tries that were served, the latest ones foremost."""
    strikes: int = 0
    """Failures in a row that may be the shop's."""
    proven: bool = False
    """Something was served by it since it last rested."""

    def answered(self, seconds: float) -> None:
        """An answer came, after `seconds`."""
        known = self.latency
        self.latency = seconds if known is None else LATENCY_MEMORY * known + (1 - LATENCY_MEMORY) * seconds

    def ended(self, *, served: bool) -> None:
        """A try was served, or failed."""
        self.success = SUCCESS_MEMORY * self.success + (1 - SUCCESS_MEMORY) * served


class Turns:
    """Give `choose()` those that are free; it chooses one, and counts the turn."""

    def __init__(self, rng: Random) -> None:
        self.standings: dict[str, Standing] = {}
        self._rng = rng

    def join(self, label: str) -> None:
        """One that is new, or comes back: what it missed meanwhile is not made up for."""
        others = [standing.had for name, standing in self.standings.items() if name != label]
        standing = self.standings.setdefault(label, Standing())
        standing.had = max(standing.had, min(others, default=0.0))

    def leave(self, label: str) -> None:
        """One that is on the list no more."""
        self.standings.pop(label, None)

    def choose(self, free: Collection[str], now: float) -> str:
        """Whose turn it is. Raises ValueError where `free` is empty."""
        chosen = min(free, key=lambda label: (self.standings[label].had, self._rng.random()))
        standing = self.standings[chosen]
        standing.had += self._cost(standing)
        self.take(chosen, now)
        return chosen

    def take(self, label: str, now: float) -> None:
        """A request goes out by `label`."""
        self.standings[label].in_flight += 1
        self.standings[label].used_at = now

    def _cost(self, standing: Standing) -> float:
        latencies = [other.latency for other in self.standings.values() if other.latency is not None]
        slowness = 1.0
        if standing.latency is not None and (usual := median(latencies)) > 0:
            slowness = min(max(standing.latency / (SLOW * usual), 1.0), 1 / LEAST_SUCCESS)
        return slowness / max(standing.success, LEAST_SUCCESS)

"""How many values fell into each class of a histogram."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

LATENCY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Where the classes of latency end; the last one has no end."""


class Classes:
    """`ends`: where each class ends, its end included."""

    def __init__(self, ends: Sequence[float]) -> None:
        self._ends = ends
        self._counts = [0] * (len(ends) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._ends, value)] += 1
        self.sum += value

    def buckets(self) -> list[tuple[str, float]]:
        """As Prometheus wants them: see `cumulative`."""
        return cumulative(self._ends, self._counts)


def cumulative(ends: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """(end of a class, values up to it), the last end `+Inf`."""
    return list(zip([*(str(float(end)) for end in ends), "+Inf"], accumulate(map(float, counts)), strict=True))

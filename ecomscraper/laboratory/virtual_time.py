"""Time that passes only when nothing is left to do at the present moment."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class VirtualTime:
    """Runs callbacks in the order of their times; those of one time in the order in which they were asked for."""

    def __init__(self) -> None:
        self.now = 0.0  # seconds
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def clock(self) -> float:
        """The present time in seconds, from 0: in the place of time.monotonic."""
        return self.now

    def at(self, when: float, callback: Callable[[], None]) -> None:
        """Call back at `when`, seconds; at once, after what is due already, where that is past."""
        heapq.heappush(self._events, (max(when, self.now), next(self._number), callback))

    def run(self, until: float, ended: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until `until`, or until `ended()` is true after an event."""
        while self._events and self._events[0][0] <= until:
            self.now, _, callback = heapq.heappop(self._events)
            callback()
            if ended():
                return
        self.now = until

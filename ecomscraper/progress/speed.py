"""How fast a crawl is now, and how long the rest takes at that speed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 20.0  # long enough for one page each ten seconds, short enough to show that a shop stalls
_LEAST_SECONDS = 0.5  # below it one batch of commits more or less is all the difference …
_LEAST_SECONDS_TO_FORETELL = 3.0  # … and a crawl that has just begun stands still for its first page


class Speed:
    """Tell `note()` how many pages are settled, now and then. `clock` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._notes: deque[tuple[float, int]] = deque()

    def note(self, settled: int) -> None:
        """So many pages are settled now."""
        now = self._clock()
        self._notes.append((now, settled))
        while len(self._notes) > 2 and self._notes[1][0] <= now - WINDOW_SECONDS:
            self._notes.popleft()

    def pages_per_second(self) -> float:
        """Of the last seconds; 0 where nothing can be said yet."""
        if not self._notes:
            return 0.0
        (began, before), (ended, after) = self._notes[0], self._notes[-1]
        return (after - before) / (ended - began) if ended - began >= _LEAST_SECONDS else 0.0

    def seconds_left(self, pages: int) -> float | None:
        """For so many pages; None where nothing can be said."""
        if not self._notes or self._notes[-1][0] - self._notes[0][0] < _LEAST_SECONDS_TO_FORETELL:
            return None
        speed = self.pages_per_second()
        return pages / speed if speed > 0 else None

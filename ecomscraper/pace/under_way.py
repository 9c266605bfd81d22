"""The requests that were sent and have not ended: how many, and which of them hang."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from math import inf

OVERTAKEN = 8  # requests that were sent later and served: the shop has not forgotten everybody


class UnderWay:
    """Times are those of one monotonic clock, in seconds, and `sent()` is told in their order.

    A request hangs that was overtaken by many and is late. It is no load to the shop, so it takes no seat
    from others: with one in ten that get no answer, all seats would soon be theirs until the timeout.
    """

    def __init__(self) -> None:
        self._sent_at: list[float] = []
        self._served: deque[float] = deque([-inf], maxlen=OVERTAKEN)
        self.hanging = 0

    def __len__(self) -> int:
        return len(self._sent_at)

    def sent(self, at: float) -> None:
        self._sent_at.append(at)

    def ended(self, sent_at: float) -> None:
        """One that was sent at `sent_at` ended. Raises ValueError where there is none."""
        place = bisect_left(self._sent_at, sent_at)
        if self._sent_at[place : place + 1] != [sent_at]:
            raise ValueError(f"no request is under way that was sent at {sent_at}")
        del self._sent_at[place]

    def served(self, sent_at: float) -> None:
        """One that was sent at `sent_at` was served."""
        self._served.append(sent_at)

    def look(self, now: float, late_seconds: float) -> None:
        """Count those that hang: later than `late_seconds`, and overtaken."""
        self.hanging = bisect_left(self._sent_at, min(*self._served, now - late_seconds, inf))

    @property
    def latest_served(self) -> float:
        """When the latest one was sent of those that were served of late."""
        return max(self._served)

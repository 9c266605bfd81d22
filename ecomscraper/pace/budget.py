"""A limit on how much of the traffic is retries, so that trouble at the shop is not made worse by us."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SLICES = 20  # a window is counted in so many slices: memory stays the same at any speed


class RetryBudget:
    """Retries are at most `share` of the requests of the last `window_seconds`, or `least` of them if that is more.

    `least` lets a small or slow crawl retry at all. The window slides in steps of a twentieth of itself. `clock` gives
    seconds, monotonic. Ask `wait_seconds()` when a retry could be sent, and tell `sent()` of every request.

    Raises ValueError if share is not in 0…1, the window is not positive, or least < 1 (a crawl could wait for ever).
    """

    def __init__(self, share: float, window_seconds: float, least: int, clock: Callable[[], float]) -> None:
        if not 0 <= share <= 1:
            raise ValueError(f"share = {share}, must be in 0…1")
        if not window_seconds > 0:
            raise ValueError(f"window_seconds = {window_seconds}, must be > 0")
        if least < 1:
            raise ValueError(f"least = {least}, must be ≥ 1")
        self._share = share
        self._least = least
        self._slice_seconds = window_seconds / _SLICES
        self._clock = clock
        self._slices: deque[_Slice] = deque()
        self._requests = 0
        self._retries = 0
        self._last_place = -inf

    def sent(self, *, is_retry: bool) -> None:
        """Count a request that goes out now."""
        self._forget()
        number = self._now()
        if not self._slices or self._slices[-1].number != number:
            self._slices.append(_Slice(number))
        self._slices[-1].requests += 1
        self._slices[-1].retries += is_retry
        self._requests += 1
        self._retries += is_retry

    def wait_seconds(self) -> float:
        """0 where a retry may go now; else how long until the oldest retry leaves the window, which frees a place.

        First tries that are sent meanwhile may free one sooner.
        """
        self._forget()
        if self._retries + 1 <= max(self._least, self._share * (self._requests + 1)):
            return 0.0
        oldest = next(slice_.number for slice_ in self._slices if slice_.retries)
        frees_at = (oldest + _SLICES) * self._slice_seconds
        # Rounding may put that time just behind us, and 0 would mean "go".
        return max(frees_at - self._clock(), 0.0) or self._slice_seconds

    def place_seconds(self) -> float:
        """How long a retry is to wait that may not go now; each call gives the next place.

        Those who wait come back one by one, as fast as the budget lets them: all at once they would be sent away again.
        """
        places = max(self._least, self._share * self._requests)
        step = self._slice_seconds * _SLICES / places
        self._last_place = max(self._last_place + step, self._clock() + self.wait_seconds())
        return self._last_place - self._clock()

    def _now(self) -> int:
        return int(self._clock() // self._slice_seconds)

    def _forget(self) -> None:
        oldest_kept = self._now() - _SLICES + 1
        while self._slices and self._slices[0].number < oldest_kept:
            old = self._slices.popleft()
            self._requests -= old.requests
            self._retries -= old.retries


class _Slice:
    __slots__ = ("number", "requests", "retries")

    def __init__(self, number: int) -> None:
        self.number = number
        self.requests = 0
        self.retries = 0

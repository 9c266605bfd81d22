"""How the demo shop gives way under load: a knee in its latency, and a rate that it does not let pass. Pure."""

from __future__ import annotations

from collections.abc import Callable


def knee_delay_seconds(in_flight: int, knee: int, seconds_each: float, strength: float = 1.0) -> float:
    """Seconds to wait on top: `seconds_each` for each request in flight beyond `knee`; 0 if `knee` is 0.

    At a `strength` of 0.5 the knee is half as high, and beyond it each costs twice as much.
    """
    return max(0.0, in_flight - knee * strength) * seconds_each / strength if knee else 0.0


class RateBucket:
    """A token bucket: `per_second` requests, of which `burst` may come at once. `monotonic` is in seconds."""

    def __init__(self, per_second: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._monotonic = monotonic
        self._tokens = float(burst)
        self._filled_at = monotonic()

    def wait_seconds(self, strength: float = 1.0) -> float:
        """0.0 if a request may pass now, and it is counted; else how long until one may.

        At a `strength` of 0.5 it fills half as fast.
        """
        now = self._monotonic()
        per_second = self._per_second * strength
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * per_second)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / per_second

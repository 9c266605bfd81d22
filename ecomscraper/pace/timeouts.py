"""How long one try of a request may take: until it is connected, between two bytes, and in all. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Each in seconds, > 0; raises ValueError otherwise."""

    connect_seconds: float
    """ECOM_TIMEOUT_CONNECT_SECONDS: name server, connection, and tunnel where there is one."""
    read_seconds: float
    """ECOM_TIMEOUT_READ_SECONDS: from a byte of the answer to the next, and to the first one."""
    total_seconds: float
    """DOWNLOAD_TIMEOUT: the whole try."""

    def __post_init__(self) -> None:
        for name in ("connect_seconds", "read_seconds", "total_seconds"):
            if not getattr(self, name) > 0:
                raise ValueError(f"a time limit is {name} = {getattr(self, name):g}, must be > 0")


class TryTimes:
    """Where one try stands against its limits. It begins when it is made, and has to connect."""

    __slots__ = ("_clock", "_limits", "_reads", "_since", "_total_at")

    def __init__(self, limits: TimeLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._total_at = clock() + limits.total_seconds
        self.connecting()

    @property
    def connects(self) -> bool:
        """Whether there is no connection yet."""
        return not self._reads

    def connecting(self) -> None:
        """A connection is begun, perhaps because the one that was kept from before turned out to be closed."""
        self._reads = False
        self._since = self._clock()

    def heard(self) -> None:
        """The connection stands, or something came over it."""
        self._reads = True
        self._since = self._clock()

    def exceeded(self) -> str | None:
        """Which limit is reached, in words; None while none is."""
        limits, now = self._limits, self._clock()
        if self._reads and now >= self._since + limits.read_seconds:
            return f"read timeout: not a byte for {limits.read_seconds:g} s"
        if not self._reads and now >= self._since + limits.connect_seconds:
            return f"connect timeout: no connection within {limits.connect_seconds:g} s"
        if now >= self._total_at:
            return f"total timeout: not complete after {limits.total_seconds:g} s"
        return None

    def look_again_seconds(self) -> float:
        """In how many seconds, ≥ 0, a limit may be reached at the earliest, whatever happens until then."""
        limits, now = self._limits, self._clock()
        if self._reads:
            next_at = min(self._since + limits.read_seconds, self._total_at)
        else:  # connected this very moment, it may be silent from then on
            next_at = min(self._since + limits.connect_seconds, now + limits.read_seconds, self._total_at)
        return max(next_at - now, 0.0)

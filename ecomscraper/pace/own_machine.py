"""How much our own machine bears: the feeder's window shrinks while it is short of something, and grows back."""

from __future__ import annotations

from dataclasses import dataclass

CALM_READINGS = 5  # in a row, before the window doubles again


@dataclass(frozen=True, slots=True)
class MachineLimits:
    memory_bytes: int  # resident; 0: not looked at
    lag_seconds: float  # that the event loop is late
    files_share: float  # of the open files that the system allows


@dataclass(frozen=True, slots=True)
class MachineReading:
    """None where the system does not tell."""

    memory_bytes: int | None
    lag_seconds: float
    open_files: int | None
    most_files: int | None


class Window:
    """Tell `judge()` each reading; `size` is then the number of pages that may be under way."""

    def __init__(self, full: int, limits: MachineLimits) -> None:
        self.full = full
        self.size = full
        self._limits = limits
        self._calm = 0

    def judge(self, reading: MachineReading) -> str | None:
        """What changed, for the log: the window was halved and why, or is full again; None where nothing did."""
        shortage = _shortage(reading, self._limits)
        if shortage is not None:
            self._calm = 0
            if self.size == 1:
                return None
            self.size = max(1, self.size // 2)
            return f"{shortage}: {self.size} pages at once instead of {self.full}"
        self._calm += 1
        if self.size == self.full or self._calm < CALM_READINGS:
            return None
        self._calm = 0
        self.size = min(self.full, self.size * 2)
        return f"this machine has room again: {self.size} pages at once"


def _shortage(reading: MachineReading, limits: MachineLimits) -> str | None:
    if limits.memory_bytes and reading.memory_bytes and reading.memory_bytes > limits.memory_bytes:
        return f"this process uses {reading.memory_bytes / 2**20:.0f} MiB of memory"
    if reading.lag_seconds > limits.lag_seconds:
        return f"this process is busy, its event loop {reading.lag_seconds:.1f} s late"
    if reading.open_files and reading.most_files and reading.open_files > limits.files_share * reading.most_files:
        return f"{reading.open_files} of {reading.most_files} files are open"
    return None

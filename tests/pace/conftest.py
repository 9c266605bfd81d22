from __future__ import annotations

import pytest


class VirtualClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture(scope="session")
def new_clock() -> type[VirtualClock]:
    """For property tests, which need a clock for each example."""
    return VirtualClock

"""Scrapy's AutoThrottle, its own code, as a law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ecomscraper.laboratory.rivals import Fixed
from ecomscraper.pace.throttle import Ending, Outcome

if TYPE_CHECKING:
    from scrapy.core.downloader import Slot
    from scrapy.http import Response

MAX_DELAY_SECONDS = 60.0  # AUTOTHROTTLE_MAX_DELAY


@dataclass(slots=True)
class _Slot:
    delay: float


@dataclass(slots=True)
class _Response:
    status: int


class AutoThrottleLaw(Fixed):
    """`target` is AUTOTHROTTLE_TARGET_CONCURRENCY, `start_seconds` AUTOTHROTTLE_START_DELAY; no jitter."""

    def __init__(self, target: float, start_seconds: float, most: int) -> None:
        from scrapy.extensions.throttle import AutoThrottle

        super().__init__(most)
        self._its_own = AutoThrottle.__new__(AutoThrottle)  # its constructor wants a crawler
        self._its_own.target_concurrency = target
        self._its_own.mindelay = 0.0
        self._its_own.maxdelay = MAX_DELAY_SECONDS
        self._slot = _Slot(start_seconds)

    @property
    def spacing_seconds(self) -> float:  # type: ignore[override]
        return self._slot.delay

    def _learn(self, outcome: Outcome) -> None:
        if outcome.ending is not Ending.FAILED:  # no response, no signal
            response = cast("Response", _Response(outcome.status))
            self._its_own._adjust_delay(cast("Slot", self._slot), outcome.seconds, response)

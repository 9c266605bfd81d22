"""When to look at the throttles, so that any crawl leaves a bounded number of samples; what a minute of them was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ecomscraper.pace.egress import Egress
from ecomscraper.pace.throttle_record import Sample

FIRST_SECONDS = 1.0  # between two looks
LOOKS_WORTH = 300  # samples, until looks are twice as far apart: a day is some thousands of them
MOST_LINES = 5  # egresses that a report names


class SampleTimes:
    """Looks are FIRST_SECONDS apart in the beginning, and rarer the more samples were taken."""

    def __init__(self, at: float) -> None:
        self._seconds = FIRST_SECONDS
        self._next_at = at + FIRST_SECONDS
        self._left = LOOKS_WORTH

    def is_due(self, at: float) -> bool:
        return at >= self._next_at

    def taken(self, at: float, samples: int) -> None:
        """There was a look, which gave so many samples."""
        self._left -= samples
        if self._left <= 0:
            self._left = LOOKS_WORTH
            self._seconds *= 2
        self._next_at = at + self._seconds


@dataclass(slots=True)
class _Sum:
    seconds: float = 0.0
    served: int = 0
    refused: int = 0
    failed: int = 0
    latency_seconds: float = 0.0  # weighted by answers
    last: Sample | None = None


@dataclass(slots=True)
class Minute:
    """Sums samples up until they are told."""

    _sums: dict[Egress, _Sum] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        total = self._sums.setdefault(sample.egress, _Sum())
        total.seconds += sample.seconds
        total.served += sample.served
        total.refused += sample.refused
        total.failed += sample.failed
        total.latency_seconds += sample.served * (sample.latency_median_seconds or 0.0)
        total.last = sample

    def lines(self) -> Iterable[str]:
        """What each egress does and why, the busiest first; then it begins anew."""
        sums = sorted(self._sums.items(), key=lambda each: -each[1].served)
        self._sums = {}
        for egress, total in sums[:MOST_LINES]:
            if total.last is not None:
                yield _line(egress, total, total.last)
        if len(sums) > MOST_LINES:
            served = sum(total.served for _, total in sums[MOST_LINES:])
            yield f"{len(sums) - MOST_LINES} other ways to the shop: {served} answers"


def _line(egress: Egress, total: _Sum, last: Sample) -> str:
    parts = [f"{egress}: up to {last.concurrency} at once"]
    if last.spacing_seconds:
        parts.append(f"{last.spacing_seconds:.3g} s apart")
    parts.append(f"{total.served / total.seconds:.3g} answers a second")
    if total.served:
        parts.append(f"{total.latency_seconds / total.served:.2g} s each")
    parts += [f"{count} {word}" for count, word in ((total.refused, "refused"), (total.failed, "failed")) if count]
    return f"{', '.join(parts)} ({last.why})"

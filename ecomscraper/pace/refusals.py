"""A burst of refusals is one event: eight requests in flight that are all refused say "slow down" once."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Refused:
    """A new refusal, at a time of the clock; `in_a_row` counts those since the last answer, from 1."""

    at: float
    in_a_row: int


class Refusals:
    """Tells new refusals from the rest of a burst. `clock` gives seconds, monotonic.

    What was sent in the very moment of an event counts as sent before it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = -inf
        self._in_a_row = 0

    def refused(self, sent_at: float) -> Refused | None:
        """The event, or None where the request was sent before the last event: it could not know of it."""
        if sent_at <= self._last:
            return None
        self._last = self._clock()
        self._in_a_row += 1
        return Refused(self._last, self._in_a_row)

    def answered(self, sent_at: float) -> None:
        """A request was served. One that was sent before the last event does not end the row."""
        if sent_at > self._last:
            self._in_a_row = 0

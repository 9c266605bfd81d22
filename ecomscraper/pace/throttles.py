"""The throttles of a crawl, one for each egress; what they begin with, and that our own lateness does not fool them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ecomscraper.pace.egress import Egress
from ecomscraper.pace.throttle import Ending, Outcome, Throttle, ThrottleLimits
from ecomscraper.pace.throttle_record import Law, Sample, ThrottleRecord
from ecomscraper.pace.transient import transient

TICK_SECONDS = 0.1  # between two calls of `tick()`, when our own event loop is not late
LEAST_SERVED = 10  # answers, before what was learnt is worth to be kept
OURSELVES = ("http_407", "http_425")  # failures that say nothing of the shop's load


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a throttle knew, as `Throttle.state()` says it, so many seconds ago."""

    state: Mapping[str, Any]
    age_seconds: float


NOTHING = Learnt({}, 0.0)
NewLaw = Callable[[ThrottleLimits, Learnt], Law]
"""Makes what decides for an egress, from the user's limits and what was learnt of it."""


def new_throttle(limits: ThrottleLimits, known: Learnt) -> Law:
    """A throttle that begins with what is known."""
    return Throttle.from_memory(limits, known.state, known.age_seconds)


class Throttles:
    """`memory` is what earlier crawls learnt. `clock` gives seconds, monotonic."""

    def __init__(
        self, memory: Mapping[Egress, Learnt], clock: Callable[[], float], new_law: NewLaw = new_throttle
    ) -> None:
        self._memory = memory
        self._new_law = new_law
        self._clock = clock
        self._records: dict[tuple[str, Egress], ThrottleRecord] = {}
        self._ticked_at = clock()

    def of(self, queue: str, egress: Egress, limits: ThrottleLimits) -> ThrottleRecord:
        """The record of an egress that requests of one queue take; made with the user's `limits` when first asked for.

        A queue waits for its own requests to end, so those of another one must not take its seats.
        """
        key = queue, egress
        if key not in self._records:
            law = self._new_law(limits, self._memory.get(egress, NOTHING))
            self._records[key] = ThrottleRecord(egress, law, self._clock())
        return self._records[key]

    def limit(self, concurrency: int) -> None:
        """The user's limit is this from now on, or a worker's share of it."""
        now = self._clock()
        for record in self._records.values():
            if isinstance(record.throttle, Throttle):  # others do not know workers
                record.throttle.limit(concurrency, now)

    def of_queue(self, queue: str) -> list[ThrottleRecord]:
        """The records of all egresses that requests of one queue took so far."""
        return [record for (key, _), record in self._records.items() if key == queue]

    def finished(self, record: ThrottleRecord, sent_at: float, beside: int, ending: Ending, status: int) -> None:
        """A request of that record ended just now; `status` is 0 where no answer came."""
        now = self._clock()
        # Asked here and not in `tick()`, which is as late as the answers that waited with it, and comes after them.
        late = now - self._ticked_at - TICK_SECONDS
        if late > 0:
            record.throttle.lag(now, late)
        record.finished(Outcome(sent_at, now, ending, beside, status))

    def tick(self) -> None:
        """To be called every TICK_SECONDS."""
        self._ticked_at = self._clock()

    def samples(self) -> list[Sample]:
        """Of each egress where something happened since the last call."""
        now = self._clock()
        return [sample for record in self._records.values() if (sample := record.sample(now)) is not None]

    def states(self, most: int) -> Iterable[tuple[Egress, Mapping[str, Any]]]:
        """What the first `most` throttles know."""
        for (_, egress), record in islice(self._records.items(), most):
            yield egress, record.throttle.state()

    def learnt(self) -> dict[Egress, Mapping[str, Any]]:
        """What is worth to be kept for the next crawl: of each egress, what served most."""
        busy = sorted(self._records.values(), key=lambda record: record.served)
        return {record.egress: record.throttle.state() for record in busy if record.served >= LEAST_SERVED}


def ending_of(status: int, also_transient: Collection[int]) -> Ending:
    """What an answer says of the shop's load. `also_transient`: statuses by which this site refuses, too."""
    reason = f"http_{status}"
    failure = transient(reason, also_transient)
    if failure is None:
        return Ending.SERVED
    if failure.refusal:
        return Ending.REFUSED
    return Ending.DROPPED if reason in OURSELVES else Ending.FAILED

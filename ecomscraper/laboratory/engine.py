"""What stands between a list of pages and a shop: seats, the pace of the site, retries; as in the downloader."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import Protocol

from ecomscraper.laboratory.gates import EPOCH
from ecomscraper.laboratory.shop import Answer, Shop
from ecomscraper.laboratory.virtual_time import VirtualTime
from ecomscraper.pace.backoff import full_jitter
from ecomscraper.pace.retry_after import asked_wait
from ecomscraper.pace.site_pace import AskedToWait, PaceLimits, SitePace
from ecomscraper.pace.spacing import Distances
from ecomscraper.pace.throttle import Ending, Outcome

TIMEOUT_SECONDS = 30.0  # DOWNLOAD_TIMEOUT of the settings
PACE = PaceLimits(  # the settings' figures
    base_seconds=1.0,
    cap_seconds=60.0,
    longest_wait_seconds=600.0,
    budget_share=0.2,
    budget_window_seconds=60.0,
    budget_least=300,
    breaker_failures=15,
    breaker_pause_seconds=5.0,
    breaker_pause_cap_seconds=60.0,
    breaker_patience_seconds=300.0,
)


class Law(Protocol):
    """Decides how many requests may be under way, and how far apart they are sent."""

    @property
    def concurrency(self) -> int: ...

    @property
    def spacing_seconds(self) -> float: ...

    def left(self, requests: int, at: float) -> None: ...

    def sent(self, at: float) -> int: ...

    def finished(self, outcome: Outcome) -> None: ...

    def held(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Job:
    """Pages to fetch, shared by all engines of a run. `pages` may be `inf`. Times are those of the virtual clock."""

    pages: float = inf
    stored_at: list[float] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)  # refusals and failures, too
    refused_at: list[float] = field(default_factory=list)
    refused_sent_at: list[float] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    inside_waits: int = 0  # requests sent inside a wait that had been announced
    _retries: list[tuple[float, int]] = field(default_factory=list)  # when due, and which try it is

    def take(self, now: float) -> int | None:
        """The number of the try of the next page, from 0; None where there is none at present."""
        if self._retries and self._retries[0][0] <= now:
            return heapq.heappop(self._retries)[1]
        if self.pages < 1:
            return None
        self.pages -= 1
        return 0

    def retry(self, due_at: float, tries: int) -> None:
        heapq.heappush(self._retries, (due_at, tries))


class Engine:
    """Sends the job's pages by one egress, as the law allows; with `holds`, also as the pace of the site does."""

    def __init__(self, time: VirtualTime, shop: Shop, law: Law, job: Job, rng: Random, *, holds: bool = True) -> None:
        self._time = time
        self._shop = shop
        self._law = law
        self._job = job
        self._rng = rng
        self._in_flight = 0
        self._last_sent = -inf
        self._wakes = False
        self._announced_until = -inf
        self._holds = holds
        wall = lambda: EPOCH + time.now  # noqa: E731
        self._pace = SitePace(PACE, Distances(), clock=time.clock, wall=wall, rng=rng)

    def look(self) -> None:
        """Send what may be sent now, and look again when the next one may be."""
        if self._job.pages < inf:
            self._law.left(int(self._job.pages) + self._in_flight, self._time.now)
        while not self._wakes and self._in_flight < self._law.concurrency:
            now = self._time.now
            wait = self._last_sent + self._law.spacing_seconds - now
            if self._holds:
                wait = max(wait, self._pace.wait_seconds())
            if wait == inf:
                return
            if wait > 0:
                self._wakes = True
                self._time.at(now + wait, self._wake)
                return
            tries = self._job.take(now)
            if tries is None:
                return
            self._send(now, tries)

    def _wake(self) -> None:
        self._wakes = False
        self.look()

    def _send(self, now: float, tries: int) -> None:
        self._last_sent = now
        self._in_flight += 1
        self._job.sent_at.append(now)
        if now < self._announced_until:
            self._job.inside_waits += 1
        if self._holds:
            self._pace.sent(is_retry=tries > 0)
        beside = self._law.sent(now)
        answer = self._shop.arrive(now)
        ends = now + min(answer.seconds, TIMEOUT_SECONDS)
        self._time.at(ends, lambda: self._ended(now, beside, tries, answer))

    def _ended(self, sent_at: float, beside: int, tries: int, answer: Answer) -> None:
        now = self._time.now
        self._shop.leave(answer)
        ending = _ending(answer)
        self._note(ending, now, sent_at, answer.status, answer.headers)
        if self._holds:
            events = (
                self._pace.failed(sent_at)
                if ending is Ending.FAILED
                else self._pace.answered(sent_at, answer.status, answer.headers)
            )
            for event in events:
                if isinstance(event, AskedToWait):
                    self._law.held(event.seconds)
        self._law.finished(Outcome(sent_at, now, ending, beside, answer.status))
        self._in_flight -= 1
        if ending is Ending.SERVED:
            self._job.stored_at.append(now)
        else:
            due = now + (full_jitter(tries + 1, PACE.base_seconds, PACE.cap_seconds, self._rng) if self._holds else 0.0)
            self._job.retry(due, tries + 1)
            self._time.at(due, self.look)
        self.look()

    def _note(self, ending: Ending, now: float, sent_at: float, status: int, headers: Mapping[str, str]) -> None:
        job = self._job
        job.answered_at.append(now)
        if ending is Ending.REFUSED:
            job.refused_at.append(now)
            job.refused_sent_at.append(sent_at)
        if headers:
            asked = asked_wait(status, headers, now=EPOCH + now, cap_seconds=inf)
            if asked:
                self._announced_until = max(self._announced_until, now + asked.seconds)


def _ending(answer: Answer) -> Ending:
    if answer.seconds > TIMEOUT_SECONDS:
        return Ending.FAILED
    return Ending.REFUSED if answer.status in {429, 503} else Ending.SERVED

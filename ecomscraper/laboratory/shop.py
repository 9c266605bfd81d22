"""A simulated shop: a gate, a latency, and mishaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from random import Random

from ecomscraper.laboratory.gates import Gate, Headers, open_gate
from ecomscraper.laboratory.latency import Latency

REFUSAL_SECONDS = 0.01  # a refusal is a small page that nobody has to make


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes after `seconds`; `inf`: nothing."""

    seconds: float
    status: int
    headers: Headers


@dataclass(slots=True)
class Shop:
    """Each request must `arrive()` and `leave()`. `black_holes`: the share of the requests that get no answer."""

    latency: Latency
    rng: Random
    gate: Gate = open_gate
    black_holes: float = 0.0
    outlier_at: float = inf  # the first request from then on takes `outlier_seconds`
    outlier_seconds: float = 20.0
    in_flight: int = field(default=0, init=False)

    def arrive(self, now: float) -> Answer:
        self.in_flight += 1
        if self.black_holes and self.rng.random() < self.black_holes:
            self.in_flight -= 1  # the shop never sees it
            return Answer(inf, 0, {})
        verdict = self.gate(now, self.in_flight)
        if verdict.status != 200:
            return Answer(REFUSAL_SECONDS, verdict.status, verdict.headers or {})
        seconds = verdict.delay_seconds + self.latency(now, self.in_flight)
        if now >= self.outlier_at:
            self.outlier_at = inf
            seconds = self.outlier_seconds
        return Answer(seconds, 200, verdict.headers or {})

    def leave(self, answer: Answer) -> None:
        if answer.seconds < inf:
            self.in_flight -= 1

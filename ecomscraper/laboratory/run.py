"""One law on one simulated shop, and what came of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from ecomscraper.laboratory.engine import Engine, Job, Law
from ecomscraper.laboratory.scenarios import Scenario
from ecomscraper.laboratory.virtual_time import VirtualTime

LEARNING = 200  # requests that are not measured


@dataclass(frozen=True, slots=True)
class Result:
    """`goodput`: pages stored a second after the learning, `overall` from the beginning; of a finite job they are one.

    `refused_share` of the requests that were sent after the first refusal. `inside_waits`: requests that were sent
    inside a wait that the shop had announced.
    """

    goodput: float
    overall: float
    refused_share: float
    inside_waits: int
    seconds: float


def run(scenario: Scenario, law: Callable[[], Law], seed: int, *, holds: bool = True) -> Result:
    """The same for the same seed. Each egress has a law of its own; `holds`: whether waits are kept."""
    time = VirtualTime()
    rng = Random(seed)
    shop = scenario.shop(rng)
    job = Job(scenario.pages)
    engines = [Engine(time, shop, law(), job, rng, holds=holds) for _ in range(scenario.egresses)]
    for engine in engines:
        engine.look()
    time.run(scenario.seconds, lambda: len(job.stored_at) >= scenario.pages)
    return _result(scenario, job, time.now)


def _result(scenario: Scenario, job: Job, ended: float) -> Result:
    start = 0.0
    if scenario.pages > LEARNING and len(job.answered_at) > LEARNING:
        start = min(job.answered_at[LEARNING - 1], scenario.seconds / 2)
    stored = len(job.stored_at) - bisect_right(job.stored_at, start)
    first = job.refused_at[0] if job.refused_at else ended
    sent = len(job.sent_at) - bisect_right(job.sent_at, first)
    refused = sum(1 for at in job.refused_sent_at if at > first)
    overall = len(job.stored_at) / ended
    return Result(stored / (ended - start), overall, refused / sent if sent else 0.0, job.inside_waits, ended)

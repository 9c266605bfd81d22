"""The simulated shops that laws are measured on, each for a fixed time or a fixed job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from random import Random

from ecomscraper.laboratory.gates import (
    Bucket,
    Bursts,
    ByChance,
    Headers,
    Seats,
    StatedQuota,
    date,
    no_header,
    seconds,
    zero,
)
from ecomscraper.laboratory.latency import Knee, Workers
from ecomscraper.laboratory.shop import Shop


@dataclass(frozen=True, slots=True)
class Scenario:
    """`seconds` of crawling, or until `pages` are stored if they are finite; by so many egresses at once.

    `shop` makes it with a random generator. `refuses`: it answers 429 or 503 to some.
    """

    name: str
    shop: Callable[[Random], Shop]
    seconds: float
    pages: float = inf
    egresses: int = 1
    refuses: bool = False


def between(start: float, end: float, factor: float) -> Callable[[float], float]:
    """`factor` from `start` to `end`, else 1."""
    return lambda now: factor if start <= now < end else 1.0


def _workers(
    count: int,
    latency: float,
    noise: float,
    rng: Random,
    slower: Callable[[float], float] = lambda now: 1.0,
) -> Workers:
    return Workers(lambda now: count, latency, noise, rng, latency / 10, slower)


def knee(count: int, latency: float, noise: float) -> Callable[[Random], Shop]:
    return lambda rng: Shop(_workers(count, latency, noise, rng), rng)


def falling(count: int, latency: float, noise: float) -> Callable[[Random], Shop]:
    return lambda rng: Shop(Knee(count, latency, 1.6 * latency / count, noise, rng), rng)


def bucket(
    per_second: float, burst: int, tells: Callable[[float, float], Headers], latency: float = 0.1
) -> Callable[[Random], Shop]:
    return lambda rng: Shop(_workers(64, latency, 0.3, rng), rng, Bucket(per_second, burst, tells))


def halved(rng: Random) -> Shop:
    def count(now: float) -> int:
        return 4 if 40 <= now < 80 else 8

    return Shop(Workers(count, 0.2, 0.3, rng, 0.02), rng)


SCENARIOS = (
    Scenario("knee at 8", knee(8, 0.2, 0.3), 80),
    Scenario("goodput falls past 8", falling(8, 0.2, 0.3), 80),
    Scenario("3 a second, Retry-After", bucket(3, 3, seconds), 400, refuses=True),
    Scenario("3 a second, no header", bucket(3, 3, no_header), 400, refuses=True),
    Scenario("3 a second, Retry-After: 0", bucket(3, 3, zero), 400, refuses=True),
    Scenario("3 a second, a date", bucket(3, 3, date), 400, refuses=True),
    Scenario("quota stated, no 429", lambda rng: Shop(_workers(16, 0.1, 0.3, rng), rng, StatedQuota(30, 10)), 400),
    Scenario(
        "503 for 1 s every 30 s", lambda rng: Shop(_workers(8, 0.1, 0.3, rng), rng, Bursts(30, 1)), 95, refuses=True
    ),
    Scenario("one answer of 20 s", lambda rng: Shop(_workers(8, 0.2, 0.3, rng), rng, outlier_at=30), 80),
    Scenario("latency × 5 for a minute", lambda rng: Shop(_workers(8, 0.2, 0.3, rng, between(30, 90, 5)), rng), 130),
    Scenario("capacity halved and back", halved, 120),
    Scenario("10 % black holes", lambda rng: Shop(_workers(8, 0.2, 0.3, rng), rng, black_holes=0.1), 600),
    Scenario("12 pages", knee(8, 0.2, 0.3), 600, pages=12),
    Scenario(
        "4 proxies, 12 a second",
        lambda rng: Shop(_workers(64, 0.1, 0.3, rng), rng, Bucket(12, 12, seconds)),
        400,
        egresses=4,
        refuses=True,
    ),
)
HELD_OUT = (
    Scenario("knee at 3, 0.5 s", knee(3, 0.5, 0.5), 400),
    Scenario("knee at 20, 0.2 s", knee(20, 0.2, 0.5), 40),
    Scenario("knee at 20, 2 s", knee(20, 2.0, 0.3), 300),
    Scenario("knee at 8, 30 ms, noisy", knee(8, 0.03, 0.8), 15),
    Scenario("falls past 3", falling(3, 0.3, 0.5), 200),
    Scenario("falls past 20", falling(20, 0.3, 0.5), 60),
    Scenario("1 a second", bucket(1, 5, seconds, 0.3), 1000, refuses=True),
    Scenario("10 a second", bucket(10, 20, no_header, 0.3), 150, refuses=True),
    Scenario("50 a second", bucket(50, 50, seconds, 0.1), 60, refuses=True),
    Scenario(
        "10 a second, halved and back",
        lambda rng: Shop(_workers(64, 0.2, 0.3, rng), rng, Bucket(10, 10, seconds, between(60, 120, 2))),
        240,
        refuses=True,
    ),
    Scenario(
        "0.5 % are 503 by chance",
        lambda rng: Shop(_workers(8, 0.2, 0.3, rng), rng, ByChance(0.005, rng)),
        120,
        refuses=True,
    ),
    Scenario(
        "429 beyond 6 at once", lambda rng: Shop(_workers(64, 0.2, 0.3, rng), rng, gate=Seats(6)), 100, refuses=True
    ),
)

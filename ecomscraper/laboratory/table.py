"""Every scenario by every law, over several seeds, and the table of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from ecomscraper.laboratory.autothrottle import AutoThrottleLaw
from ecomscraper.laboratory.engine import Law
from ecomscraper.laboratory.rivals import Aimd, Fixed, Gradient2
from ecomscraper.laboratory.run import Result, run
from ecomscraper.laboratory.scenarios import HELD_OUT, SCENARIOS, Scenario
from ecomscraper.pace.throttle import Throttle, ThrottleLimits

MOST = 32  # the user's limit of all laws but Fixed
FIXED = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 28, 32)
BARE = (2, 8)  # without any hold after refusals, too: what a shop gives to those who do not care
BARE_SECONDS = 100.0  # they send a hundred times as much
TARGETS = (1, 4, 8, 16)
START_DELAYS = (5.0, 0.5)  # seconds: Scrapy's default, and what suits fast shops
SEEDS = tuple(range(1, 11))
RIVALS_SEEDS = SEEDS[:3]


@dataclass(frozen=True, slots=True)
class Best:
    """The best of several settings: medians of goodput and of the share refused, and which it is."""

    goodput: float
    setting: str
    refused: float

    def __str__(self) -> str:
        return f"{self.goodput:.2f}/s: {self.setting} ({self.refused:.0%})"


@dataclass(frozen=True, slots=True)
class Row:
    """A scenario: results of ours by seed, and the medians of others. Goodput in pages a second."""

    scenario: str
    best_fixed: float
    best_fixed_worst: float
    best_fixed_is: str
    ours: tuple[Result, ...]
    autothrottle: Best  # after the learning
    autothrottle_overall: Best
    aimd: float
    gradient2: float

    @property
    def shares(self) -> list[float]:
        """Ours as parts of the best fixed one, by seed."""
        return [result.goodput / self.best_fixed for result in self.ours]

    @property
    def overall(self) -> float:
        """The median of ours over the whole run."""
        return median(result.overall for result in self.ours)


def measured(scenarios: Sequence[Scenario], processes: int) -> Iterable[Row]:
    """One row for each scenario, in order, as they are ready."""
    with ProcessPoolExecutor(processes) as executor:
        yield from executor.map(_measure_named, [scenario.name for scenario in scenarios])


def _measure_named(name: str) -> Row:
    """Another process gets the name only: shops are made by functions that do not travel."""
    return measure(next(scenario for scenario in (*SCENARIOS, *HELD_OUT) if scenario.name == name))


def measure(scenario: Scenario) -> Row:
    """The scenario by all laws."""
    best_fixed, best_fixed_worst, best_fixed_is = _best_fixed(scenario)
    autothrottle, autothrottle_overall = _best_autothrottles(scenario)
    return Row(
        scenario=scenario.name,
        best_fixed=best_fixed,
        best_fixed_worst=best_fixed_worst,
        best_fixed_is=best_fixed_is,
        ours=tuple(run(scenario, ours, seed) for seed in SEEDS),
        autothrottle=autothrottle,
        autothrottle_overall=autothrottle_overall,
        aimd=_median(scenario, partial(Aimd, MOST)),
        gradient2=_median(scenario, partial(Gradient2, MOST)),
    )


def ours() -> Law:
    return Throttle(ThrottleLimits(MOST))


def _best_fixed(scenario: Scenario) -> tuple[float, float, str]:
    """Median and worst of the best number, and its name. It is measured anew, so that it owes nothing to luck."""
    best = max(FIXED, key=lambda number: _median(scenario, partial(Fixed, number)))
    found = [run(scenario, partial(Fixed, best), seed).goodput for seed in SEEDS]
    with_holds = median(found), min(found), str(best)
    return max([with_holds, *_bare(scenario)])


def _bare(scenario: Scenario) -> Iterable[tuple[float, float, str]]:
    if scenario.refuses:
        short = replace(scenario, seconds=min(scenario.seconds, BARE_SECONDS))
        for number in BARE:
            goodput = run(short, partial(Fixed, number), RIVALS_SEEDS[0], holds=False).goodput
            yield goodput, goodput, f"{number}, no holds"


def _best_autothrottles(scenario: Scenario) -> tuple[Best, Best]:
    """After the learning, and over the whole run. The best of each is measured anew as well."""
    settings = [(target, delay) for target in TARGETS for delay in START_DELAYS]
    tried = {setting: _autothrottle(scenario, setting, RIVALS_SEEDS) for setting in settings}
    return _best(scenario, tried, lambda result: result.goodput), _best(scenario, tried, lambda result: result.overall)


def _best(
    scenario: Scenario, tried: Mapping[tuple[int, float], list[Result]], goodput: Callable[[Result], float]
) -> Best:
    best = max(tried, key=lambda setting: median(map(goodput, tried[setting])))
    found = _autothrottle(scenario, best, SEEDS)
    refused = median(result.refused_share for result in found)
    return Best(median(map(goodput, found)), f"{best[0]} from {best[1]:g} s", refused)


def _autothrottle(scenario: Scenario, setting: tuple[int, float], seeds: Sequence[int]) -> list[Result]:
    return [run(scenario, partial(AutoThrottleLaw, *setting, MOST), seed) for seed in seeds]


def _median(scenario: Scenario, law: Callable[[], Law]) -> float:
    return median(run(scenario, law, seed).goodput for seed in RIVALS_SEEDS)


HEAD = (
    "shop",
    "best fixed",
    "its worst",
    "ours, median",
    "worst",
    "refused, median",
    "worst",
    "in waits",
    "best AutoThrottle (refused)",
    "whole run: ours",
    "best AutoThrottle (refused)",
    "AIMD",
    "Gradient2",
)


def as_markdown(rows: Iterable[Row]) -> Iterable[str]:
    """The lines of the table."""
    yield "| " + " | ".join(HEAD) + " |"
    yield "|---|" + "---:|" * (len(HEAD) - 1)
    for row in rows:
        yield "| " + " | ".join(_cells(row)) + " |"


def _cells(row: Row) -> tuple[str, ...]:
    refused = [result.refused_share for result in row.ours]
    best = row.best_fixed
    return (
        row.scenario,
        f"{best:.2f}/s ({row.best_fixed_is})",
        f"{row.best_fixed_worst / best:.0%}",
        f"{median(row.shares) * best:.2f}/s, {median(row.shares):.0%}",
        f"{min(row.shares):.0%}",
        f"{median(refused):.2%}",
        f"{max(refused):.2%}",
        str(sum(result.inside_waits for result in row.ours)),
        str(row.autothrottle),
        f"{row.overall:.2f}/s",
        str(row.autothrottle_overall),
        f"{row.aimd / best:.0%}",
        f"{row.gradient2 / best:.0%}",
    )

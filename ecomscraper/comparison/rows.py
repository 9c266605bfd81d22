"""From what was measured to the rows of the table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecomscraper.comparison.measuring import Measured
from ecomscraper.comparison.target import Target

BASE = "one_after_the_other"  # what the others are held against, with the same parser or with its own usual one


@dataclass(frozen=True)
class Row:
    """An approach with one parser."""

    name: str
    module: str
    parser: str
    workers: int
    pages: int
    seconds: float
    expected_seconds: float  # pages × latency ÷ workers: what waiting alone takes
    speed_up: float | None  # over one after the other; None where that was not run
    cpu_seconds: float
    peak_bytes: int
    processes: int
    survived: int | None  # faulty pages that it got in the end; None where there were none
    broken: int  # faulty pages
    in_order: bool
    lines: int
    problem: str | None  # why its figures do not count

    @property
    def pages_a_second(self) -> float:
        return self.pages / self.seconds

    @property
    def cpu_seconds_a_thousand(self) -> float:
        return 1000 * self.cpu_seconds / self.pages


def rows(measured: Sequence[Measured], target: Target) -> list[Row]:
    """One row for each, in their order."""
    base = {each.parser: each.run.seconds for each in measured if each.approach.module == BASE and not each.run.error}
    usual = base.get("beautifulsoup")
    return [_row(each, target, base.get(each.parser, usual)) for each in measured]


def _row(measured: Measured, target: Target, base_seconds: float | None) -> Row:
    approach, run = measured.approach, measured.run
    problem = run.error or wrong_titles(dict(run.found), {url: target.title_of[url] for url in target.urls})
    faulty = measured.faulty
    return Row(
        name=approach.name,
        module=approach.module,
        parser=measured.parser,
        workers=approach.workers,
        pages=len(target.urls),
        seconds=run.seconds,
        expected_seconds=len(target.urls) * target.latency_seconds / approach.workers,
        speed_up=base_seconds / run.seconds if base_seconds else None,
        cpu_seconds=run.cpu_seconds,
        peak_bytes=run.peak_bytes,
        processes=approach.processes,
        survived=None
        if faulty is None
        else sum(title == target.title_of[url] for url, title in faulty if url in target.broken),
        broken=len(target.broken),
        in_order=_keeps_order([url for url, _ in run.found], target.urls)
        and _keeps_order([url for url, title in faulty or () if title is not None], target.faulty_urls),
        lines=approach.lines,
        problem=problem,
    )


def wrong_titles(found: Mapping[str, str | None], right: Mapping[str, str]) -> str | None:
    """How `found` differs from what the pages say, in words; None where it does not."""
    wrong = [url for url, title in right.items() if found.get(url) != title]
    if not wrong:
        return None
    url = wrong[0]
    return f"{len(wrong)} of {len(right)} titles differ: {found.get(url)!r} instead of {right[url]!r} at {url}"


def _keeps_order(found: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether what was found stands in the order of the list, with gaps or without."""
    place = {url: number for number, url in enumerate(asked)}
    places = [place[url] for url in found if url in place]
    return places == sorted(places)

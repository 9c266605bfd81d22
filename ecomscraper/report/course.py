"""How a crawl went over time: at most some hundred slots, added up by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Column, Connection, Float, case, cast, func, select

from ecomscraper.ledger.tables import pages, throttle_samples
from ecomscraper.report.slots import epoch, slot

MOST_SLOTS = 120
LEAST_SECONDS = 1.0  # of a slot: the first samples of a throttle are so far apart


@dataclass(frozen=True, slots=True)
class Moment:
    """One slot. What a throttle tells is None where none looked."""

    minutes: float  # from the first slot's beginning to the slot's middle
    stored: int
    failed: int
    refused: int  # tries
    latency_median_seconds: float | None = None  # of samples, weighted by their answers
    latency_p95_seconds: float | None = None
    concurrency: float | None = None  # of all ways to the shop together
    in_flight: float | None = None
    ceiling_per_second: float | None = None  # requests that all ways together may send; None: as many as they can
    answered: int = 0  # tries, served or refused, as samples have them
    retried: int = 0  # tries of the pages settled here that another one followed


@dataclass(frozen=True, slots=True)
class Course:
    slot_seconds: float
    moments: tuple[Moment, ...]

    @property
    def is_sampled(self) -> bool:
        return any(each.concurrency is not None for each in self.moments)

    @property
    def longest_pause_seconds(self) -> float:
        """In which no page was stored or failed, on end."""
        pauses = groupby(self.moments, key=lambda each: not each.stored and not each.failed)
        return self.slot_seconds * max((len(list(group)) for is_pause, group in pauses if is_pause), default=0)


class _Settled(NamedTuple):
    stored: int
    failed: int
    refused: int  # tries
    retried: int


_NOTHING = _Settled(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Sampled:
    served: int
    refused: int
    median: float | None
    p95: float | None
    concurrency: float
    in_flight: float
    ceiling: float | None


def course(connection: Connection, crawl_id: int) -> Course:
    """Slots from the first page or sample to the last one; those without either are slots of nothing."""
    looks = [_span(connection, pages.c.fetched_at, crawl_id), _span(connection, throttle_samples.c.at, crawl_id)]
    spans = [span for span in looks if span is not None]
    if not spans:
        return Course(LEAST_SECONDS, ())
    first, last = min(each[0] for each in spans), max(each[1] for each in spans)
    seconds = max(LEAST_SECONDS, (last - first) / MOST_SLOTS)
    settled = _settled(connection, crawl_id, first, seconds)
    sampled = _sampled(connection, crawl_id, first, seconds)
    moments = tuple(
        _moment((number + 0.5) * seconds / 60, settled.get(number, _NOTHING), sampled.get(number), bool(sampled))
        for number in range(max([*settled, *sampled]) + 1)
    )
    return Course(seconds, moments)


def _span(connection: Connection, moment: Column[datetime], crawl_id: int) -> tuple[float, float] | None:
    """The epochs of the first and of the last `moment` of a crawl."""
    query = select(epoch(func.min(moment)), epoch(func.max(moment))).where(moment.table.c.crawl_id == crawl_id)
    first, last = connection.execute(query).one()
    return None if first is None else (float(first), float(last))


def _settled(connection: Connection, crawl_id: int, first: float, seconds: float) -> dict[int, _Settled]:
    """Slot → the pages that were settled in it, and their tries, whenever these were."""
    number = slot(pages.c.fetched_at, first, seconds).label("number")
    query = (
        select(
            number,
            func.count().filter(pages.c.status == "stored"),
            func.count().filter(pages.c.status == "failed"),
            func.sum(pages.c.refusals),
            func.sum(case((pages.c.attempts > 1, pages.c.attempts - 1), else_=0)),
        )
        .where(pages.c.crawl_id == crawl_id, pages.c.fetched_at.is_not(None))
        .group_by(number)
    )
    return {
        at: _Settled(stored, failed, int(refused or 0), int(retried or 0))
        for at, stored, failed, refused, retried in connection.execute(query)
    }


def _sampled(connection: Connection, crawl_id: int, first: float, seconds: float) -> dict[int, _Sampled]:
    """Slot → what the samples say that ended in it; first of each way to the shop, then of all together."""
    each = throttle_samples.c
    number = slot(each.at, first, seconds).label("number")
    by_way = (
        select(
            number,
            func.sum(each.served).label("served"),
            func.sum(each.refused).label("refused"),
            func.sum(each.served * each.latency_median_seconds).label("median"),
            func.sum(each.served * each.latency_p95_seconds).label("p95"),
            func.avg(each.concurrency).label("concurrency"),
            func.avg(each.in_flight).label("in_flight"),
            func.avg(each.spacing_seconds).label("spacing"),
        )
        .where(each.crawl_id == crawl_id)
        .group_by(number, each.host, each.way)
        .subquery()
    )
    way = by_way.c
    query = select(
        way.number,
        func.sum(way.served),
        func.sum(way.refused),
        func.sum(way.median) / func.nullif(func.sum(way.served), 0),
        func.sum(way.p95) / func.nullif(func.sum(way.served), 0),
        cast(func.sum(way.concurrency), Float),
        cast(func.sum(way.in_flight), Float),
        # A way without a distance between its requests has no ceiling, and then they have none together.
        case((func.min(way.spacing) > 0, cast(func.sum(1 / func.nullif(way.spacing, 0)), Float))),
    ).group_by(way.number)
    return {
        at: _Sampled(
            int(served), int(refused), _number(median), _number(p95), float(at_once), float(in_flight), _number(ceiling)
        )
        for at, served, refused, median, p95, at_once, in_flight, ceiling in connection.execute(query)
    }


def _moment(minutes: float, settled: _Settled, sampled: _Sampled | None, are_sampled: bool) -> Moment:
    stored, failed, refused, retried = settled
    if sampled is None:
        return Moment(minutes, stored, failed, 0 if are_sampled else refused, retried=retried)
    return Moment(
        minutes,
        stored,
        failed,
        sampled.refused,
        sampled.median,
        sampled.p95,
        sampled.concurrency,
        sampled.in_flight,
        sampled.ceiling,
        sampled.served + sampled.refused,
        retried,
    )


def _number(value: float | Decimal | None) -> float | None:
    return None if value is None else float(value)

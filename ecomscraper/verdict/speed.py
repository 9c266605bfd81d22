"""Why a crawl was no faster: what its throttle said, how the shop answered, what its limits allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, func, select

from ecomscraper.ledger.tables import crawls, throttle_samples

MOST_REASONS = 5
MOST_TOLD = 2
MOST_WORDS = 5000  # different ones that are read: a day has some thousands of samples
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Why:
    """What the throttle said of itself, and for which share of the time."""

    words: str
    share: float


@dataclass(frozen=True, slots=True)
class Speed:
    """Of a crawl. What samples of a throttle tell is empty or None where none looked."""

    limits: Mapping[str, Any]  # those of its profile
    whys: tuple[Why, ...] = ()  # the longest first
    latency_median_seconds: float | None = None  # weighted by answers
    latency_p95_seconds: float | None = None


def crawl_speed(connection: Connection, crawl_id: int) -> Speed:
    """Raises sqlalchemy.exc.NoResultFound where there is no such crawl."""
    profile = connection.execute(select(crawls.c.profile).where(crawls.c.id == crawl_id)).scalar_one()
    median, p95 = _latency(connection, crawl_id)
    return Speed(profile.get("limits", {}), _whys(connection, crawl_id), median, p95)


def speed_words(speed: Speed) -> list[str]:
    """The weightiest first; the limits last."""
    words = [f"{100 * why.share:.0f} % of the time: {why.words}" for why in speed.whys[:MOST_TOLD]]
    if speed.latency_median_seconds is not None and speed.latency_p95_seconds is not None:
        median, p95 = short_seconds(speed.latency_median_seconds), short_seconds(speed.latency_p95_seconds)
        words.append(f"the shop took {median} for an answer, {p95} for the slowest twentieth")
    return [*words, _limits_words(speed)]


def _limits_words(speed: Speed) -> str:
    """ "its limits: 4 requests at once, 0.5 s apart"; what a crawl of an older version did not keep is "?"."""
    at_once, apart = speed.limits.get("concurrency", "?"), speed.limits.get("delay_seconds", "?")
    spacing = "no wait between them" if apart == 0 else f"{apart} s apart"
    requests = "1 request at once" if at_once == 1 else f"{at_once} requests at once"
    fixed = "" if speed.whys else " were fixed"
    return f"its limits{fixed}: {requests}, {spacing}"


def short_seconds(value: float) -> str:
    """A duration for people: "0.25 s", "12 s", "1:04:09"."""
    if value < 100:
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02} min"


def longest_whys(spent: Sequence[tuple[str, float]]) -> tuple[Why, ...]:
    """From (words, seconds): what is said alike but for its numbers is one, with the least and the most of each."""
    total = sum(seconds for _, seconds in spent)
    alike: dict[str, list[tuple[str, float]]] = {}
    for words, seconds in spent:
        alike.setdefault(_NUMBER.sub("0", words), []).append((words, seconds))
    whys = [
        Why(_ranged([words for words, _ in each]), sum(spent for _, spent in each) / total) for each in alike.values()
    ]
    return tuple(sorted(whys, key=lambda why: (-why.share, why.words))[:MOST_REASONS])


def _ranged(alike: Sequence[str]) -> str:
    """ "held at 1 a second", "held at 3 a second" → "held at 1 to 3 a second"."""
    columns = zip(*(_NUMBER.findall(words) for words in alike), strict=True)
    ranges = iter([sorted({*column}, key=float) for column in columns])

    def shown(_: re.Match[str]) -> str:
        numbers = next(ranges)
        return numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"

    return _NUMBER.sub(shown, alike[0])


def _whys(connection: Connection, crawl_id: int) -> tuple[Why, ...]:
    each = throttle_samples.c
    lasted = func.sum(each.seconds)
    query = select(each.why, lasted).where(each.crawl_id == crawl_id).group_by(each.why).order_by(lasted.desc())
    return longest_whys([(words, float(spent)) for words, spent in connection.execute(query.limit(MOST_WORDS))])


def _latency(connection: Connection, crawl_id: int) -> tuple[float | None, float | None]:
    each = throttle_samples.c
    served = func.nullif(func.sum(each.served), 0)
    query = select(
        func.sum(each.served * each.latency_median_seconds) / served,
        func.sum(each.served * each.latency_p95_seconds) / served,
    ).where(each.crawl_id == crawl_id)
    median, p95 = connection.execute(query).one()
    return _number(median), _number(p95)


def _number(value: float | Decimal | None) -> float | None:
    return None if value is None else float(value)

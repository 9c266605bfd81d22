"""Each site with its last crawl, and how it went over its last ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from ecomscraper.ledger.tables import crawls
from ecomscraper.verdict.history import Record, crawl_figures

TREND = 8  # crawls
_LEVELS = "▁▂▃▄▅▆▇█"


def fleet_records(connection: Connection) -> list[Record]:
    """One record for each site and spider, by name: its last crawl, and `trend`, its last ones, the oldest first.

    Reparses are none of them: they tell nothing of the shop, nor of how fast it is.
    """
    place = func.row_number().over(partition_by=(crawls.c.site, crawls.c.spider), order_by=crawls.c.id.desc())
    asked_the_shop = crawls.c.reparsed_from.is_(None)
    numbered = select(crawls.c.id, place.label("place")).where(asked_the_shop).subquery()
    last_ones = select(crawls).join(numbered, numbered.c.id == crawls.c.id).where(numbered.c.place <= TREND)
    rows = connection.execute(last_ones.order_by(crawls.c.site, crawls.c.spider, crawls.c.id)).all()
    by_site = groupby(rows, key=lambda row: (row.site, row.spider))
    return [_fleet_record([crawl_figures(connection, row) for row in group]) for _, group in by_site]


def sparkline(values: Sequence[float | None]) -> str:
    """ "▃▅█": each value as a share of the largest; "·" where there is none."""
    most = max((value for value in values if value), default=0.0)
    return "".join("·" if value is None else _level(value / most if most else 0.0) for value in values)


def exit_codes(records: Iterable[Record]) -> str:
    """ "0 0 3 -": how crawls ended; "-" for one that did not."""
    return " ".join("-" if record["exit_code"] is None else str(record["exit_code"]) for record in records)


def _level(share: float) -> str:
    return _LEVELS[round(share * (len(_LEVELS) - 1))]


def _fleet_record(of_site: list[Record]) -> Record:
    return {**of_site[-1], "trend": list(_trend(of_site))}


def _trend(of_site: list[Record]) -> Iterator[dict[str, Any]]:
    names = ("id", "exit_code", "pages", "failed", "items", "seconds", "pages_per_second")
    for record in of_site:
        yield {name: record[name] for name in names}

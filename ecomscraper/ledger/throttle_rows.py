"""What throttles did and learnt: rows of `throttle_samples` and `throttle_memory`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from ecomscraper.ledger.tables import throttle_memory, throttle_samples
from ecomscraper.pace.egress import Egress
from ecomscraper.pace.throttle_record import Sample
from ecomscraper.pace.throttles import Learnt

HOSTS_AT_ONCE = 500  # in one query


@dataclass(frozen=True, slots=True)
class DatedSample:
    """A sample that ended at that time, when the crawl had settled so many pages."""

    at: datetime
    sample: Sample
    pages_stored: int
    pages_failed: int


def learnt_of(connection: Connection, hosts: Collection[str]) -> dict[Egress, Learnt]:
    """What earlier crawls learnt of these hosts."""
    now, left, found = datetime.now(UTC), iter(hosts), {}
    while some := list(islice(left, HOSTS_AT_ONCE)):
        for row in connection.execute(select(throttle_memory).where(throttle_memory.c.host.in_(some))):
            found[Egress(row.host, row.way)] = Learnt(row.state, (now - row.learnt_at).total_seconds())
    return found


def keep_learnt(connection: Connection, learnt: Mapping[Egress, Mapping[str, Any]]) -> None:
    """In the place of what was known of these egresses."""
    now = datetime.now(UTC)
    for egress, state in learnt.items():
        connection.execute(delete(throttle_memory).where(*_is(egress)))
        row = {"host": egress.host, "way": egress.way, "learnt_at": now, "state": dict(state)}
        connection.execute(insert(throttle_memory), row)


def add_samples(connection: Connection, crawl_id: int, dated: Sequence[DatedSample]) -> None:
    if dated:
        connection.execute(insert(throttle_samples), [_row(crawl_id, each) for each in dated])


def _is(egress: Egress) -> tuple[Any, Any]:
    return throttle_memory.c.host == egress.host, throttle_memory.c.way == egress.way


def _row(crawl_id: int, dated: DatedSample) -> dict[str, Any]:
    row = asdict(dated.sample)
    host, way = row.pop("egress")
    pages = {"pages_stored": dated.pages_stored, "pages_failed": dated.pages_failed}
    return {"crawl_id": crawl_id, "at": dated.at, "host": host, "way": way, **pages, **row}

"""Columns that keep what they are given, and that a person with an SQL tool can sort and compare."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from ecomscraper.ledger.column_types import Moment
from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import crawls, metadata, pages, titles

MOMENTS = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
MOMENT = Moment()
SQLITE = sqlite.dialect()


@given(MOMENTS)
def test_a_moment_comes_back_to_the_millisecond(moment: datetime) -> None:
    text = MOMENT.process_bind_param(moment, SQLITE)
    assert isinstance(text, str)
    assert len(text) == 24
    back = MOMENT.process_result_value(text, SQLITE)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_moments_sort_as_text(one: datetime, other: datetime) -> None:
    texts = [str(MOMENT.process_bind_param(moment, SQLITE)) for moment in (one, other)]
    assert (texts[0] < texts[1]) == (one < other)


def test_another_time_zone_is_kept_as_utc() -> None:
    moment = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert MOMENT.process_bind_param(moment, SQLITE) == "2026-02-28T23:30:00.000Z"


def test_a_moment_without_a_time_zone_is_refused(engine: Engine, new_crawl) -> None:
    crawl_id = new_crawl(engine, 1)
    with pytest.raises(StatementError, match="has no time zone"), write(engine) as connection:
        connection.execute(pages.update().values(fetched_at=datetime(2026, 3, 1)).where(pages.c.crawl_id == crawl_id))


def test_no_moment_is_null() -> None:
    assert MOMENT.process_bind_param(None, SQLITE) is None
    assert MOMENT.process_result_value(None, SQLITE) is None


def test_moments_are_timestamptz_in_postgresql() -> None:
    dialect = postgresql.dialect()
    assert MOMENT.load_dialect_impl(dialect).compile(dialect=dialect) == "TIMESTAMP WITH TIME ZONE"
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    assert MOMENT.process_bind_param(moment, dialect) is moment
    elsewhere = moment.astimezone(timezone(timedelta(hours=5)))
    back = MOMENT.process_result_value(elsewhere, dialect)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


def test_the_file_holds_plain_iso_text(engine: Engine, database_file: Path, new_crawl) -> None:
    new_crawl(engine, 1)
    with sqlite3.connect(database_file) as connection:
        started, kind = connection.execute("SELECT started_at, typeof(started_at) FROM crawls").fetchone()
    connection.close()
    assert kind == "text"
    assert started.endswith("Z")
    assert abs(datetime.fromisoformat(started) - datetime.now(UTC)) < timedelta(minutes=1)


def test_every_index_and_key_is_there(engine: Engine) -> None:
    found = inspect(engine)
    assert set(found.get_table_names()) == set(metadata.tables)
    assert {index["name"] for index in found.get_indexes("pages")} == {
        "pages_pending",
        "pages_leased",
        "pages_url",
        "pages_failed",
    }
    assert found.get_pk_constraint("pages")["constrained_columns"] == ["crawl_id", "position"]
    assert found.get_pk_constraint("titles")["constrained_columns"] == ["crawl_id", "position"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"status": "lost"}, "pages_status"),
        ({"status": "failed"}, "pages_reason"),
        ({"position": 1}, "UNIQUE"),
        ({"crawl_id": 99}, "FOREIGN KEY"),
    ],
)
def test_a_page_that_cannot_be_is_refused(engine: Engine, new_crawl, values: dict[str, object], says: str) -> None:
    row = {"crawl_id": new_crawl(engine, 1), "position": 2, "page": 2, "url": "http://shop.example/"}
    with pytest.raises(IntegrityError, match=says), write(engine) as connection:
        connection.execute(insert(pages).values(**(row | values)))


def test_a_crawl_that_is_deleted_takes_its_rows_along_and_its_id_is_not_used_again(engine: Engine, new_crawl) -> None:
    first, second = new_crawl(engine, 3), new_crawl(engine, 2)
    with write(engine) as connection:
        connection.execute(crawls.delete().where(crawls.c.id == second))
        left = connection.execute(select(pages.c.crawl_id, pages.c.position)).all()
        assert left == [(first, 1), (first, 2), (first, 3)]
        assert connection.execute(select(titles)).all() == []
    assert new_crawl(engine, 1) == second + 1

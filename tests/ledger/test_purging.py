"""What may go goes whole; what somebody wants, what runs and the last complete crawl stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, update

from ecomscraper.archive.packing import packed
from ecomscraper.ledger import purging
from ecomscraper.ledger.crawls import end_crawl
from ecomscraper.ledger.database import write
from ecomscraper.ledger.purging import PastCrawl, may_go, past_crawls, purge
from ecomscraper.ledger.tables import bodies, crawls, metadata, products, sightings, titles

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def crawl(number: int, code: int | None = 0, *, days_old: int = 0, site: str = "shop", **changes: Any) -> PastCrawl:
    status = "running" if code is None else "finished"
    values = {"spider": "products", "status": status} | changes
    return PastCrawl(number, site, exit_code=code, started_at=NOON - timedelta(days=days_old), **values)


def gone(found: list[PastCrawl], keep: int | None = None, days: int | None = None) -> list[int]:
    since = None if days is None else NOON - timedelta(days=days)
    return [each.crawl_id for each in may_go(found, keep=keep, since=since)]


def test_the_last_of_each_site_and_spider_stay() -> None:
    found = [crawl(1), crawl(2), crawl(3), crawl(4, site="other"), crawl(5, spider="ecommerce"), crawl(6)]
    assert gone(found, keep=2) == [1, 2]
    assert gone(found, keep=1) == [1, 2, 3]
    assert gone(found, keep=0) == [1, 2, 3]  # 4, 5 and 6 are the last complete ones


def test_what_either_rule_keeps_stays() -> None:
    found = [crawl(1, days_old=40), crawl(2, days_old=30), crawl(3, days_old=20), crawl(4, days_old=10)]
    assert gone(found, days=30) == [1]
    assert gone(found, keep=2, days=15) == [1, 2]
    assert gone(found, keep=1, days=25) == [1, 2]


def test_the_last_complete_one_stays_however_old() -> None:
    found = [crawl(1), crawl(2, 0, days_old=400), crawl(3, 3), crawl(4, 130), crawl(5, 4)]
    assert gone(found, keep=1) == [1, 3, 4]


def test_a_reparse_takes_no_place_of_a_crawl_that_asked_the_shop() -> None:
    found = [crawl(1), crawl(2), crawl(3, reparsed_from=2), crawl(4, reparsed_from=2), crawl(5, 3, reparsed_from=1)]
    assert gone(found, keep=1) == [1, 3]  # 2 is the last crawl, 5 the last reparse, 4 the last complete one
    assert gone(found, keep=0) == [1, 3, 5]


def test_a_running_one_stays() -> None:
    assert gone([crawl(1, None), crawl(2), crawl(3)], keep=0) == [2]


@given(
    st.lists(st.tuples(st.sampled_from([0, 3, None]), st.integers(0, 9), st.sampled_from("ab")), max_size=20),
    st.none() | st.integers(0, 4),
    st.none() | st.integers(0, 9),
)
def test_what_is_promised_holds(drawn: list[tuple[int | None, int, str]], keep: int | None, days: int | None) -> None:
    found = [crawl(number, code, days_old=age, site=site) for number, (code, age, site) in enumerate(drawn)]
    going = set(gone(found, keep, days))
    for site in "ab":
        of_site = [each for each in found if each.site == site]
        complete = [each.crawl_id for each in of_site if each.exit_code == 0]
        assert not complete or complete[-1] not in going
        assert not going & {each.crawl_id for each in (of_site[-keep:] if keep else [])}
        assert not going & {each.crawl_id for each in of_site if each.status == "running"}
        assert not going & {
            each.crawl_id for each in of_site if days is not None and each.started_at >= NOON - timedelta(days)
        }


def counts(engine: Engine, crawl_id: int) -> dict[str, int]:
    """Rows of a crawl in every table that has some."""
    with engine.connect() as connection:
        tables = [table for table in metadata.sorted_tables if "crawl_id" in table.c]
        query = {table.name: select(func.count()).where(table.c.crawl_id == crawl_id) for table in tables}
        return {name: connection.scalar(each) or 0 for name, each in query.items()}


@pytest.fixture
def two_crawls(engine: Engine, new_crawl, bundle) -> Engine:
    """Crawls 1 and 2 of 25 pages each, with answers, titles, products and sightings."""
    for _ in range(2):
        crawl_id = new_crawl(engine, 25)
        with write(engine) as connection:
            for position in range(1, 26):
                own = {"crawl_id": crawl_id, "position": position}
                connection.execute(
                    insert(titles),
                    own
                    | {
                        "page": 1,
                        "title": "",
                        "name": "",
                        "site_title": "",
                        "url": "",
                        "final_url": "",
                        "fetched_at": NOON,
                    },
                )
                connection.execute(insert(bodies), own | packed({}, b"")._asdict())
                connection.execute(insert(sightings), own | {"place": 1, "key": str(position)})
                connection.execute(
                    insert(products),
                    {
                        "crawl_id": crawl_id,
                        "key": str(position),
                        "source_position": 1,
                        "name": "",
                        "fetched_at": NOON,
                        "source": {},
                    },
                )
            end_crawl(connection, crawl_id, status="finished", exit_code=0, verdict={})
    return engine


def test_a_crawl_goes_with_all_that_is_its(two_crawls: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(purging, "DOCUMENTS_AT_ONCE", 3)
    before = counts(two_crawls, 2)
    assert before["pages"] == before["titles"] == before["products"] == before["sightings"] == before["bodies"] == 25

    assert purge(two_crawls, 1)

    assert set(counts(two_crawls, 1).values()) == {0}
    assert counts(two_crawls, 2) == before
    with two_crawls.connect() as connection:
        assert [each.crawl_id for each in past_crawls(connection)] == [2]
    assert not purge(two_crawls, 1)


def test_one_that_was_taken_up_meanwhile_stays(two_crawls: Engine) -> None:
    with write(two_crawls) as connection:
        connection.execute(update(crawls).where(crawls.c.id == 1).values(status="running"))

    assert not purge(two_crawls, 1)

    assert counts(two_crawls, 1)["pages"] == 25
    with two_crawls.connect() as connection:
        assert connection.scalar(select(crawls.c.exit_code).where(crawls.c.id == 1)) == 0

"""Going on with a crawl: what is fetched again, what is not, and what a person is told."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import text

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.database import open_database


@pytest.fixture(params=["sqlite_database", "postgres_database"])
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


QUICK_RETRIES = ("-s", "ECOM_PACE_BACKOFF_BASE_SECONDS=0.02", "-s", "RETRY_TIMES=1")
_TIME = re.compile(r'"fetched_at": "[^"]+"')


def rows(path: Path) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def page_requests(shop: Any) -> dict[int, int]:
    """How often each page was asked for, by number."""
    found = {}
    for target, count in shop.counts()["targets"].items():
        if match := re.fullmatch(r"/ecommerce/(?:page/(\d+)/)?", target):
            found[int(match[1] or 1)] = count["requests"]
    return found


def query(database: str, sql: str) -> list[tuple[Any, ...]]:
    engine = open_database(database)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def interrupted(shop: Any, start_crawl: Any, asked: int, *args: str) -> Any:
    """A crawl that was killed when the shop had been asked so often."""
    run = start_crawl(shop, *args)
    assert run.when_asked(shop, asked), run.log
    run.kill()
    return run


@pytest.mark.slow
def test_a_resumed_crawl_and_an_uninterrupted_one_give_the_same_file(
    demo_shop: Any, start_crawl: Any, tmp_path: Path, database: str
) -> None:
    shop = demo_shop("--small", "--products", "7990", "--latency-random", "0.02")
    for asked, resumed in ((120, ()), (320, ("-a", "resume=last"))):
        interrupted(shop, start_crawl, asked, "-O", "resumed.json", *resumed)
    assert start_crawl(shop, "-a", "resume=last", "-O", "resumed.json").end() == 0
    assert start_crawl(shop, "-O", "uninterrupted.json").end() == 0

    resumed_text, uninterrupted_text = (
        (tmp_path / f"{name}.json").read_text(encoding="utf-8") for name in ("resumed", "uninterrupted")
    )
    assert resumed_text != uninterrupted_text
    assert _TIME.subn("", resumed_text) == _TIME.subn("", uninterrupted_text)
    assert _TIME.subn("", resumed_text)[1] == 500
    assert query(database, "SELECT crawl_id, count(*) FROM titles GROUP BY 1") == [(1, 500), (2, 500)]


@pytest.mark.slow
def test_resume_tries_again_what_may_pass_and_nothing_else(
    demo_shop: Any, start_crawl: Any, tmp_path: Path, database: str
) -> None:
    faults = (
        "status=503:first=2@3",
        "reset_body:first=2@4",
        "truncated:first=2@5",
        "status=404:first=1@6",
        "no_title@7",
    )
    shop = demo_shop("--small", *(word for fault in faults for word in ("--fault", fault)))
    first = start_crawl(shop, "-O", "titles.json", *QUICK_RETRIES)
    assert first.end() == 3, first.log
    assert [row["page"] for row in rows(tmp_path / "titles.json")] == [1, 2, 8, 9, 10, 11, 12]
    assert page_requests(shop) == dict.fromkeys(range(1, 13), 1) | {3: 2, 4: 2, 5: 2}

    second = start_crawl(shop, "-a", "resume=last", "-O", "titles.json", *QUICK_RETRIES)
    assert second.end() == 3, second.log
    assert "Crawl 1 goes on; 3 failed pages are tried again" in second.log
    assert [row["page"] for row in rows(tmp_path / "titles.json")] == [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]
    assert query(database, "SELECT page, reason, attempts FROM pages WHERE status = 'failed'") == [
        (6, "http_404", 1),
        (7, "no_title", 1),
    ]

    third = start_crawl(shop, "-a", "resume=last", "-a", "retry=all", "-O", "titles.json", *QUICK_RETRIES)
    assert third.end() == 3, third.log
    assert "Crawl 1 goes on; 2 failed pages are tried again" in third.log
    assert [row["page"] for row in rows(tmp_path / "titles.json")] == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert page_requests(shop) == dict.fromkeys(range(1, 13), 1) | {3: 3, 4: 3, 5: 3, 6: 2, 7: 2}


@pytest.mark.slow
def test_a_complete_crawl_is_resumed_for_another_format_without_asking_the_shop(
    demo_shop: Any, start_crawl: Any, tmp_path: Path, database: str
) -> None:
    shop = demo_shop("--small")
    assert start_crawl(shop, "-O", "titles.json").end() == 0
    shop.reset()

    resumed = start_crawl(shop, "-a", "resume=1", "-O", "titles.csv", "-O", "titles.jsonl")
    assert resumed.end() == 0, resumed.log

    assert shop.counts()["requests"] == 0
    expected = rows(tmp_path / "titles.json")
    assert len(expected) == 12
    with (tmp_path / "titles.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [{name: str(value) for name, value in row.items()} for row in expected]
    lines = (tmp_path / "titles.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert query(database, "SELECT id, status, exit_code FROM crawls ORDER BY id") == [(1, "finished", 0)]


@pytest.mark.slow
def test_a_new_crawl_says_that_another_is_unfinished_and_a_dead_process_holds_no_lock(
    demo_shop: Any, start_crawl: Any, tmp_path: Path, database: str
) -> None:
    shop = demo_shop("--small", "--products", str(16 * 40), "--fault", "hang=60:first=1@31-40")
    first = start_crawl(shop, "-O", "titles.json")
    stored_first = "SELECT count(*) FROM pages WHERE crawl_id = 1 AND status = 'stored'"
    assert first.when(lambda: shop.counts()["in_flight"] == 10 and query(database, stored_first) == [(30,)]), first.log

    second = start_crawl(shop, "-O", "other.json")
    assert second.end() == 2
    assert f"{shop.host} is being crawled by crawl 1 (site demo, process {first.process.pid}, since " in second.log
    first.kill()

    third = start_crawl(shop, "-O", "titles.json")
    assert third.end() == 0, third.log
    note = "crawl 1 of demo is unfinished (10 pages not done); -a resume=1 would go on with it, this is a new one"
    assert note in third.log
    assert query(database, "SELECT id, status, exit_code FROM crawls ORDER BY id") == [
        (1, "broken", None),
        (2, "finished", 0),
    ]

    fourth = start_crawl(shop, "-a", "resume=last")
    assert fourth.end() == 0, fourth.log
    assert query(database, "SELECT id, status, exit_code FROM crawls ORDER BY id") == [
        (1, "finished", 0),
        (2, "finished", 0),
    ]
    requests = page_requests(shop)
    assert requests == dict.fromkeys(range(1, 31), 2) | dict.fromkeys(range(31, 41), 3)


@pytest.mark.slow
def test_a_list_of_urls_is_not_needed_any_more(demo_shop: Any, start_scrapy: Any, tmp_path: Path) -> None:
    shop = demo_shop("--small", "--fault", "status=503:first=1@5")
    urls = tmp_path / "urls.txt"
    urls.write_text("".join(f"{shop.listing(page)}\n" for page in (9, 5, 5, 2)), encoding="utf-8")
    command = ("crawl", "ecommerce", "-a", "urls=urls.txt", "-O", "titles.json", "-s", "RETRY_TIMES=0")
    with start_scrapy(*command, "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1") as first:
        first.communicate(timeout=60)
    assert first.returncode == 3
    assert [row["page"] for row in rows(tmp_path / "titles.json")] == [1, 3, 4]
    urls.unlink()

    with start_scrapy(*command, "-a", "resume=last") as second:
        second.communicate(timeout=60)

    assert second.returncode == 0
    assert [(row["page"], row["url"]) for row in rows(tmp_path / "titles.json")] == [
        (position, shop.listing(page)) for position, page in enumerate((9, 5, 5, 2), 1)
    ]


@pytest_twisted.ensureDeferred
async def test_the_arguments_of_a_resumed_crawl_are_held_against_those_it_was_started_with(crawl: Any) -> None:
    first = await crawl(pages="2-4", site="demo")
    assert first.verdict.exit_code == 0
    wrong = {
        "there is no crawl 7 in this database": {"resume": "7"},
        "give last, or the number of a crawl": {"resume": "first"},
        "crawl 1 was started with pages=2-4; leave it out": {"resume": "1", "pages": "2-5"},
        "crawl 1 was started with site=demo; leave it out": {"resume": "1", "site": "books_toscrape"},
        "crawl 1 was started without; leave it out": {"resume": "1", "urls": "urls.txt"},
        "no crawl of demo is unfinished; leave it out to start a new one": {"resume": "last"},
        "no crawl of books_toscrape is unfinished": {"resume": "last", "site": "books_toscrape"},
        "add -a resume=last or ID": {"retry": "all"},
        "write all; pages whose failure may pass are tried in any case": {"resume": "1", "retry": "some"},
    }
    for told, arguments in wrong.items():
        with pytest.raises(ArgumentError, match=re.escape(told)):
            await crawl(**arguments)

    resumed = await crawl(resume="1", pages="2-4", site="demo")
    assert (resumed.crawl_id, resumed.verdict.exit_code) == (1, 0)
    assert [row.page for row in resumed.rows()] == [2, 3, 4]

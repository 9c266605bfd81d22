"""`fetch`: whatever an endpoint answers, it has its row, in the order of the list."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
import pytest_twisted

from ecomscraper.exceptions import ArgumentError
from ecomscraper.spiders.fetch import FetchSpider

if TYPE_CHECKING:
    from conftest import Shop

RunScrapy = Callable[..., "subprocess.CompletedProcess[str]"]
ORIGIN = "http://demo.localhost"
ECHO = f"{ORIGIN}/api/echo"
FAST = {"RETRY_TIMES": 2, "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.01, "ECOM_PACE_BACKOFF_CAP_SECONDS": 0.02}
UNLIMITED = ("-a", "limits.concurrency=16", "-a", "limits.delay_seconds=0", "-a", "limits.throttle=fixed")
COLUMNS = (
    *("position", "method", "url", "final_url", "status", "seconds", "bytes", "content_type", "json", "text"),
    *("reason", "error", "attempts", "fetched_at"),
)


def write_list(path: Path, *entries: str | dict[str, Any]) -> str:
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in entries))
    return str(path)


@pytest.fixture
def fetch(crawl: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """`await fetch(*entries, **arguments)`: the crawl of such a list, and its rows."""

    async def fetch_them(*entries: str | dict[str, Any], **arguments: str) -> tuple[Any, list[dict[str, Any]]]:
        urls = write_list(tmp_path / "calls.txt", *entries)
        feeds = {str(tmp_path / "answers.json"): {"format": "json", "overwrite": True}}
        settings = {**FAST, "FEEDS": feeds, "ECOM_DEMO_SMALL": True}
        crawled = await crawl(FetchSpider, settings, urls=urls, **arguments)
        return crawled, json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))

    return fetch_them


@pytest_twisted.ensureDeferred
async def test_json_text_and_neither(fetch: Any) -> None:
    binary = f"{ORIGIN}/ecommerce/?fault=binary"
    crawled, rows = await fetch(
        f"{ORIGIN}/api/product/7", f"{ORIGIN}/robots.txt", binary, {"url": f"{ORIGIN}/api/items", "method": "HEAD"}
    )

    assert crawled.verdict.exit_code == 0
    assert [list(row) for row in rows] == [list(COLUMNS)] * 4
    product, text, image, head = rows
    assert (product["position"], product["method"], product["status"], product["text"]) == (1, "GET", 200, None)
    assert (product["json"]["id"], product["reason"], product["error"], product["attempts"]) == (7, None, None, 1)
    assert product["content_type"] == "application/json; charset=utf-8"
    assert product["bytes"] == len(json.dumps(product["json"], ensure_ascii=False, separators=(",", ":")).encode())
    assert 0 < product["seconds"] < 5
    assert text["text"] == f"User-agent: *\nDisallow:\n\nSitemap: {ORIGIN}/sitemap.xml\n"
    assert (image["json"], image["text"], image["bytes"]) == (None, None, 20_016)
    assert (head["method"], head["status"], head["bytes"], head["text"]) == ("HEAD", 200, 0, "")


@pytest_twisted.ensureDeferred
async def test_failures_have_rows_with_what_is_known_of_them(fetch: Any) -> None:
    crawled, rows = await fetch(
        f"{ORIGIN}/api/product/999",
        f"{ORIGIN}/api/product/1?fault=status=500",
        f"{ORIGIN}/api/product/2?fault=hang",
        f"{ORIGIN}/api/product/3?fault=json:error=sold+out",
        f"{ORIGIN}/robots.txt",
        f"{ORIGIN}/product/?fault=banned",
        f"{ORIGIN}/api/product/4?fault=status=503:first=1",
        error="/error",
        **{"limits.timeout_seconds": "0.3"},
    )

    assert crawled.verdict.exit_code == 4  # one was refused
    assert [(row["status"], row["reason"], row["error"], row["attempts"]) for row in rows] == [
        (404, "http_404", "there is no product 999", 1),
        (500, "http_500", "the shop answered 500", 3),
        (None, "timeout", "total timeout: not complete after 0.3 s", 3),
        (200, "answer_error", "sold out", 1),
        (200, "not_json", "an answer that may declare an error must be JSON", 1),
        (200, "blocked", "reCAPTCHA, and the page says 'are you a human'", 1),
        (200, None, None, 2),
    ]
    assert rows[0]["json"] == {"error": "there is no product 999"}
    assert "500 Internal Server Error" in rows[1]["text"]
    assert (rows[2]["bytes"], rows[2]["text"], rows[2]["content_type"]) == (None, None, None)
    assert rows[2]["seconds"] == pytest.approx(0.3, abs=0.2)
    assert rows[3]["json"]["error"] == "sold out"
    assert "Are you a human" in rows[5]["text"]
    assert rows[6]["json"]["id"] == 4


@pytest_twisted.ensureDeferred
async def test_method_headers_and_body_are_sent(fetch: Any) -> None:
    crawled, rows = await fetch(
        {"url": ECHO, "body": {"sku": "é"}, "headers": {"X-Key": "secret"}},
        {"url": ECHO, "method": "PUT", "body": "plain"},
        ECHO,
    )

    assert [(row["method"], row["json"]["method"], row["json"]["body"]) for row in rows] == [
        ("POST", "POST", '{"sku": "é"}'),
        ("PUT", "PUT", "plain"),
        ("GET", "GET", ""),
    ]
    sent = [headers for target, headers in crawled.counts().headers if target == "/api/echo"]
    assert sorted(headers.get("X-Key", "") for headers in sent) == ["", "", "secret"]
    assert {headers["Accept"] for headers in sent} == {"*/*"}
    assert b"secret" not in b"".join(
        map(Path.read_bytes, Path(crawled.database.url.database).parent.glob("*.sqlite3*"))
    )


@pytest_twisted.ensureDeferred
async def test_a_post_is_not_sent_twice_where_it_may_have_done_its_work(fetch: Any) -> None:
    posts = [
        {"url": f"{ECHO}?n=1&fault=status=500", "body": "1"},
        {"url": f"{ECHO}?n=2&fault=reset", "body": "1"},
        {"url": f"{ECHO}?n=3&fault=status=503:first=1", "body": "1"},
        {"url": f"{ECHO}?n=4&fault=status=500", "body": "1", "headers": {"Idempotency-Key": "4"}},
        {"url": f"{ECHO}?n=5&fault=status=500", "method": "PUT", "body": "1"},
    ]
    crawled, rows = await fetch(*posts)

    assert [(row["reason"], row["attempts"]) for row in rows] == [
        *(("http_500", 1), ("connection_lost", 1), (None, 2), ("http_500", 3), ("http_500", 3)),
    ]
    asked = crawled.counts().as_json()["targets"]
    assert [asked[post["url"].removeprefix(ORIGIN)]["requests"] for post in posts] == [1, 1, 2, 3, 3]

    again, rows = await fetch(*posts, resume="last")
    asked = again.counts().as_json()["targets"]
    assert sorted(target for target in asked if target != "/robots.txt") == [
        post["url"].removeprefix(ORIGIN) for post in posts[3:]
    ]
    assert [row["attempts"] for row in rows] == [1, 1, 2, 3, 3]

    everything, _ = await fetch(*posts, resume="last", retry="all")
    assert len(everything.counts().as_json()["targets"]) == 5  # robots.txt and four that failed


@pytest_twisted.ensureDeferred
async def test_another_list_is_not_taken_for_the_one_that_was_begun(fetch: Any, tmp_path: Path) -> None:
    first, second = f"{ORIGIN}/api/product/999", f"{ORIGIN}/api/product/2"
    await fetch(first, second)

    with pytest.raises(ArgumentError) as refused:
        await fetch(first, f"{second}0", resume="last")
    assert str(refused.value) == (
        f'-a urls={tmp_path / "calls.txt"}: endpoint 2 was "{second}" when crawl 1 began, and is "{second}0": '
        "give the same list, or start a new crawl"
    )
    with pytest.raises(ArgumentError, match=r'endpoint 2 was "http.*" when crawl 1 began, and is not there: '):
        await fetch(first, resume="last")


@pytest_twisted.ensureDeferred
async def test_the_last_fetch_goes_on_without_naming_its_list(fetch: Any, crawl: Any) -> None:
    first, _ = await fetch(f"{ORIGIN}/api/product/1", f"{ORIGIN}/api/product/2?fault=status=503")

    again = await crawl(FetchSpider, FAST, resume="last")

    assert again.crawl_id == first.crawl_id
    assert sorted(again.counts().as_json()["targets"]) == ["/api/product/2?fault=status=503", "/robots.txt"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "give the endpoints with -a urls=FILE, one a line, or -a url=…"),
        ({"site": "demo"}, "give the endpoints with -a urls=FILE, one a line, or -a url=…"),
        ({"urls": "nosuch.txt"}, "-a urls=nosuch.txt: does not exist; give a text file with one URL a line"),
        ({"url": "shop.example"}, '-a url:1: "shop.example" has no scheme; write https://shop.example'),
        ({"url": ORIGIN, "pages": "3"}, "-a pages=… selects pages of a listing; it does not go with -a url or -a urls"),
        ({"url": ORIGIN, "eror": "/x"}, "-a eror=/x: unknown argument; did you mean error? (a key of the profile is"),
        *(
            ({"url": ORIGIN, "error": pointer}, f"-a error={pointer}: is no JSON pointer to a part of an answer; write")
            for pointer in ("", "error")
        ),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_wrong_is_told_before_anything_is_fetched(
    arguments: dict[str, str], said: str, crawl: Any, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError) as refused:
        await crawl(FetchSpider, **arguments)

    assert str(refused.value).startswith(said)
    assert not (tmp_path / "data").exists()


@pytest_twisted.ensureDeferred
async def test_robots_holds_for_endpoints_too(crawl: Any, tmp_path: Path) -> None:
    urls = write_list(tmp_path / "calls.txt", f"{ORIGIN}/api/product/1", f"{ORIGIN}/api/items")
    feed = tmp_path / "answers.json"
    settings = {
        "ECOM_DEMO_ROBOTS": "User-agent: *\nDisallow: /api/product/\n",
        "FEEDS": {str(feed): {"format": "json", "overwrite": True}},
    }
    crawled = await crawl(FetchSpider, settings, urls=urls)

    assert crawled.verdict.exit_code == 3
    forbidden, allowed = json.loads(feed.read_text())
    assert (forbidden["method"], forbidden["reason"], forbidden["attempts"]) == ("GET", "robots", 0)
    assert (forbidden["seconds"], forbidden["fetched_at"]) == (None, None)
    assert (allowed["status"], allowed["reason"]) == (200, None)


@pytest.mark.slow
def test_tables_show_objects_as_json(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    names = ("answers.csv", "answers.xml", "answers.jsonl", "answers.parquet")
    feeds = {name: {"format": name.partition(".")[2], "overwrite": True} for name in names}
    urls = write_list(tmp_path / "calls.txt", f"{ORIGIN}/api/product/1", f"{ORIGIN}/api/linked?per_page=2", ECHO)

    done = run_scrapy("crawl", "fetch", "-a", f"urls={urls}", "-s", f"FEEDS={json.dumps(feeds)}")

    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    with (tmp_path / "answers.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == COLUMNS
    assert [json.loads(row["json"]) for row in table] == [line["json"] for line in lines]
    assert isinstance(lines[1]["json"], list)
    xml = ElementTree.parse(tmp_path / "answers.xml")
    assert [json.loads(item.findtext("json", "")) for item in xml.iter("item")] == [line["json"] for line in lines]
    import pyarrow.parquet as parquet

    columns = parquet.read_table(tmp_path / "answers.parquet").to_pydict()
    assert [json.loads(value) for value in columns["json"]] == [line["json"] for line in lines]


@pytest.mark.slow
def test_a_thousand_endpoints_of_which_five_in_a_hundred_fail(
    demo_shop: Callable[..., Shop], run_scrapy: RunScrapy, tmp_path: Path
) -> None:
    shop = demo_shop("--products", "1000", "--fault", "status=404@2.5%", "--fault", "json:error=busy@2.5%")
    urls = [f"{shop.address}/api/product/{number}" for number in range(1, 1001)]
    write_list(tmp_path / "calls.txt", *urls)

    done = run_scrapy(
        *("crawl", "fetch", "-a", "urls=calls.txt", "-a", "error=/error", "-O", "answers.jsonl"),
        *UNLIMITED,
    )

    rows = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    assert done.returncode == 3, done.stderr
    assert [row["url"] for row in rows] == urls
    failed = [row for row in rows if row["reason"]]
    assert {(row["reason"], row["error"]) for row in failed} == {
        ("http_404", "the shop answered 404"),
        ("answer_error", "busy"),
    }
    assert 30 <= len(failed) <= 70  # drawn by the shop
    assert [row["json"]["id"] for row in rows if not row["reason"]] == [
        row["position"] for row in rows if not row["reason"]
    ]
    assert f"INCOMPLETE: {1000 - len(failed)} of 1000 pages stored; {len(failed)} failed" in done.stderr


@pytest.mark.slow
def test_a_killed_fetch_goes_on_and_its_feed_is_whole(
    demo_shop: Callable[..., Shop], start_scrapy: Any, run_scrapy: RunScrapy, tmp_path: Path
) -> None:
    shop = demo_shop("--products", "300", "--latency", "0.02", "--fault", "status=404@10%")
    urls = [f"{shop.address}/api/product/{number}" for number in range(1, 301)]
    write_list(tmp_path / "calls.txt", *urls)
    options = (
        *("-a", "urls=calls.txt", *UNLIMITED, "-s", "ECOM_LEDGER_BATCH_SECONDS=0.05"),
        *("-O", "answers.jsonl"),
    )
    process = start_scrapy("crawl", "fetch", *options, stderr=subprocess.DEVNULL)
    while shop.counts()["requests"] < 150:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
        assert process.returncode is None
    process.kill()
    process.wait(10)
    assert not (tmp_path / "answers.jsonl").exists()
    with closing(sqlite3.connect(tmp_path / "data" / "ecomscraper.sqlite3")) as database:
        (stored,) = database.execute("SELECT count(*) FROM pages WHERE status = 'stored'").fetchone()
    assert stored > 50

    done = run_scrapy("crawl", "fetch", *options, "-a", "resume=last")

    assert done.returncode == 3, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [row["url"] for row in rows] == urls
    assert all(row["reason"] == "http_404" if row["status"] == 404 else row["json"]["id"] for row in rows)
    asked = [count["requests"] for target, count in shop.counts()["targets"].items() if target != "/robots.txt"]
    assert sum(asked) - 300 < 150

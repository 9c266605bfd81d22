"""The report of a crawl: its numbers are the database's, and nothing in it runs, whatever a shop's pages say."""

from __future__ import annotations

import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_twisted
from sqlalchemy import Engine, func, select, update

from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import crawls, pages, products, throttle_samples
from ecomscraper.report.figures import crawl_figures
from ecomscraper.report.writing import report_of
from ecomscraper.spiders.products import ProductsSpider

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.slow

FAULTS = ("status=404@10%", "status=503:first=1@10%", "status=403@5%", "truncated@5%")
QUICK = {"RETRY_TIMES": 2, "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.05, "ECOM_THROTTLE": "adaptive"}
EVIL = (
    "=cmd()</title><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='alert(3)' javascript:alert(4)"
    "\x1b[31m\x9b1m\r\n\u202egnp\u2066\x07 {{ 7*7 }} $x^2$"
)
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
DRAWN = {"svg", "g", "path", "text", "use", "defs", "clippath", "rect", "tspan"}
TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "section", "footer", "figure", "figcaption", "div", "p",
    "h1", "h2", "h3", "ul", "li", "dl", "dt", "dd", "b", "strong", "data", "table", "tr", "th", "td",
}  # fmt: skip


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_database"))
    return url


class Page(HTMLParser):
    """What is in a report."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.figures: dict[str, int] = {}
        self._figure: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.attributes += found.items()
        if found.get("class") == "figure":
            self._figure = found["id"]
        elif tag == "data" and self._figure is not None:
            self.figures[self._figure] = int(found["value"])
            self._figure = None


def assert_nothing_runs(text: str) -> None:
    page = Page(text)
    assert page.tags <= TAGS | DRAWN, page.tags - TAGS - DRAWN
    names = {name for name, _ in page.attributes}
    assert not [name for name in names if name.startswith("on")]
    assert not names & {"src", "srcset", "action", "formaction", "background", "data", "xlink:href", "ping"}
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    styles = [value for name, value in page.attributes if name == "style"] + re.findall(
        r"<style>(.*?)</style>", text, re.S
    )
    assert not [style for style in styles if re.search(r"url\((?!#)|@import|expression", style)]
    csp = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("content", csp) in page.attributes
    assert CONTROLS.search(text) is None


def report(database: Engine, crawl_id: int | None = None, against: int | None = None) -> str:
    with database.connect() as connection:
        return report_of(connection, crawl_id, against)


@pytest_twisted.ensureDeferred
async def test_its_numbers_are_the_databases(
    crawl: Callable[..., Any], demo_shop: Callable[..., Shop], tmp_path: Path
) -> None:
    shop = demo_shop("--products", "960", "--latency", "0.05", *(f"--fault={fault}" for fault in FAULTS))
    path = tmp_path / "reports" / "page.html"
    crawled = await crawl(ProductsSpider, QUICK | {"ECOM_REPORT": str(path)}, start=shop.listing())

    text = path.read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "data" / "ecomscraper.sqlite3")) as database:
        asked = database.execute(
            "SELECT count(*), sum(status = 'stored'), sum(status = 'failed'), sum(status = 'pending'), "
            "sum(max(attempts - 1, 0)), sum(refusals), max(declared_total), "
            "sum(CASE WHEN status = 'stored' THEN cards END) FROM pages"
        ).fetchone()
        by_reason = dict(database.execute("SELECT reason, count(*) FROM pages WHERE status = 'failed' GROUP BY reason"))
        rows, priced, lowest, highest = database.execute(
            "SELECT count(*), count(price), min(price), max(price) FROM products"
        ).fetchone()
    names = ("pages", "stored", "failed", "pending", "retried", "refused", "declared", "seen")
    assert Page(text).figures == dict(zip(names, asked, strict=True)) | {"rows": rows}
    assert {"http_404", "http_403", "truncated"} <= set(by_reason)
    assert "<strong>INCOMPLETE</strong> exit code 3" in text

    with crawled.database.connect() as connection:
        figures = crawl_figures(connection, None)
        served = connection.scalar(select(func.sum(throttle_samples.c.refused)))
    assert {each.reason: each.count for each in figures.failures} == by_reason
    assert [len(each.examples) for each in figures.failures] == [min(10, each.count) for each in figures.failures]
    course = figures.course
    assert sum(each.stored for each in course.moments) == asked[1]
    assert sum(each.failed for each in course.moments) == asked[2]
    assert course.is_sampled
    assert sum(each.refused for each in course.moments) == served
    assert sum(each.retried for each in course.moments) == asked[4]
    assert sum(each.share for each in figures.speed.whys) <= 1.0001
    (items,) = figures.items
    assert (items.count, {each.name: each.count for each in items.coverage}["price"]) == (rows, priced)
    (prices,) = figures.prices
    assert (prices.count, float(prices.lowest), float(prices.highest)) == (priced, lowest, highest)
    assert sum(each.count for each in prices.classes) == priced
    assert_nothing_runs(text)


@pytest_twisted.ensureDeferred
async def test_hostile_texts_are_shown_and_do_nothing(crawl: Callable[..., Any]) -> None:
    first = await crawl(ProductsSpider)
    with write(first.database) as connection:
        connection.execute(update(products).values(name=EVIL, url=EVIL, brand=EVIL, currency="<b>", availability=EVIL))
        connection.execute(
            update(pages).where(pages.c.position < 4).values(
                status="failed", reason="not_html", detail=EVIL, url=f"https://user:s3cret@h/{EVIL}"
            )
        )  # fmt: skip
        profile = {"title": EVIL, "headers": {"X-Key": "s3cret"}, EVIL: EVIL, "start": "ftp://user:s3cret@host/x"}
        connection.execute(
            update(crawls).values(
                site=EVIL, profile=profile, arguments={EVIL: EVIL}, outputs=[EVIL, "s3://a:s3cret@b"], verdict=None
            )
        )

    text = report(first.database)

    assert_nothing_runs(text)
    assert "&lt;script&gt;alert(1)" in text
    assert "\\u001b[31m" in text
    assert "{{ 7*7 }}" in text
    assert "s3cret" not in text
    assert "https://***@h/=cmd()" in text


@pytest.mark.parametrize("database", ["sqlite_database", "postgres_database"], indirect=True)
@pytest_twisted.ensureDeferred
async def test_two_crawls_side_by_side(
    crawl: Callable[..., Any], run_scrapy: Callable[..., Any], tmp_path: Path
) -> None:
    slowly = {"ECOM_DEMO_LATENCY_SECONDS": 0.6, "ECOM_THROTTLE": "adaptive"}
    await crawl(ProductsSpider)
    after = await crawl(ProductsSpider, slowly | {"ECOM_DEMO_VERSION": 2}, **{"limits.concurrency": "3"})

    text = report(after.database, 2, 1)
    done = run_scrapy("crawls", "report", "2", "--against", "1", "-o", "two.html")

    assert (done.returncode, done.stdout) == (0, f"crawl 2, complete: {tmp_path / 'two.html'}\n"), done.stderr
    written = (tmp_path / "two.html").read_text(encoding="utf-8")
    assert written.partition("<footer>")[0] == text.partition("<footer>")[0]
    assert "Beside crawl 1" in text
    assert '<td class="key">limits.concurrency</td><td class="u">3</td>' in text
    figures = Page(text).figures
    with after.database.connect() as connection:
        found = crawl_figures(connection, 2)
    assert found.course.is_sampled
    assert found.speed.latency_median_seconds == pytest.approx(0.6, abs=0.3)
    assert sum(each.stored for each in found.course.moments) == 12
    changes = found.changes
    assert changes is not None
    assert (changes.since, changes.new, changes.gone, changes.availability) == (1, 3, 2, 1)
    assert changes.dearer + changes.cheaper == len(changes.largest) == 4
    assert [figures[name] for name in ("new", "gone", "availability")] == [3, 2, 1]
    assert_nothing_runs(text)


def test_what_cannot_be_made_is_told_in_a_line(run_scrapy: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "hide").mkdir()  # as if they were not there
    (tmp_path / "hide" / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name in ('jinja2', 'matplotlib') else find(name, *rest)\n",
        encoding="utf-8",
    )
    hidden = {"PYTHONPATH": f"{tmp_path / 'hide'}:{sys.path[0]}:{Path(__file__).parents[2]}"}
    missing = "needs jinja2 and matplotlib: pip install 'ecomscraper[report]'\n"

    command = run_scrapy("crawls", "report", env=hidden)
    setting = run_scrapy("crawl", "ecommerce", "-s", "ECOM_REPORT=1", env=hidden)
    nothing = run_scrapy("crawls", "report")
    elsewhere = run_scrapy("crawls", "list", "-o", "x.html")

    assert (command.returncode, command.stderr) == (2, f"scrapy crawls: scrapy crawls report {missing}")
    assert (setting.returncode, setting.stderr) == (2, f"scrapy crawl: ECOM_REPORT {missing}")
    assert (nothing.returncode, nothing.stderr) == (2, "scrapy crawls: there is no crawl in this database yet\n")
    assert elsewhere.returncode == 2
    assert elsewhere.stderr == "scrapy crawls: -o and --against belong to `scrapy crawls report`\n"

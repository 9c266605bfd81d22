"""The report in a real browser: what a stranger's text would do there, and what one sees first."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_twisted
from sqlalchemy import Engine, case, update

from ecomscraper.ledger.database import write
from ecomscraper.ledger.tables import crawls, pages, products
from ecomscraper.report.writing import report_of
from ecomscraper.spiders.products import ProductsSpider

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
Browse = Callable[..., list[dict[str, Any]]]

EVIL = (
    "<script>document.title='hacked';fetch('{canary}/script')</script>",
    '"><img src={canary}/image onerror="document.title=\'hacked\'">',
    "' onmouseover='hacked' style='background:url({canary}/style)' x='",
    "</style><style>@import url({canary}/import);body{{background:url({canary}/sheet)}}</style>",
    "</title></head><link rel=stylesheet href={canary}/link><link rel=prefetch href={canary}/prefetch>",
    "<iframe src={canary}/frame></iframe><object data={canary}/object></object>",
    "<meta http-equiv=refresh content='0;url={canary}/refresh'>",
    "<svg onload=\"document.title='hacked'\"><image href={canary}/svg /></svg>",
    "--><!-- <base href={canary}/base><video src={canary}/video autoplay></video>",
    "<a href=\"javascript:document.title='hacked'\" ping={canary}/ping>javascript:document.title='hacked'</a>",
    '=HYPERLINK("{canary}/formula";"x") +cmd|\'/C calc\'!A0 @SUM(1)',
    "\x1b[31mred\x1b[2J\x9b1m\r\nforged\u202egnp.exe\u2066\u200b\x07",
    "{{{{ 7 * 7 }}}}{{% raw %}}${{7*7}}$x^2$",
    "W" * 290,
    "\u0645\u0631\u062d\u0628\u0627" * 50,
)
SEEN = """(() => ({
    title: document.title,
    elements: [...document.querySelectorAll('script,img,iframe,object,link,base,video,a,form,input,image')].length,
    handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/.test(a.name))).length,
    overflow: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
    styles: document.querySelectorAll('style').length,
    text: document.body.innerText,
}))()"""
FIRST_SCREEN = """(() => Object.fromEntries(['verdict', 'reasons', 'speed', 'why'].map(id => {
    const element = document.getElementById(id);
    return [id, element && [element.innerText, element.getBoundingClientRect().bottom / innerHeight]];
})))()"""
FAINTEST = """(() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => {
        const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const [r, g, b] = parts(colour).map(v => linear(v / 255));
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const behind = element => {
        const colour = getComputedStyle(element).backgroundColor;
        return parts(colour)[3] === 0 ? behind(element.parentElement) : colour;
    };
    const seen = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim()) continue;
        const style = getComputedStyle(element);
        const pair = [light(element.closest('svg') ? style.fill : style.color), light(behind(element))];
        seen.push([(Math.max(...pair) + .05) / (Math.min(...pair) + .05), walker.currentNode.data.trim().slice(0, 40)]);
    }
    return [seen.length, ...seen.sort((a, b) => a[0] - b[0])[0], getComputedStyle(document.body).backgroundColor];
})()"""


class Canary(ThreadingHTTPServer):
    """A server on loopback that hostile texts name: whoever obeys them asks it for something."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listening)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Listening(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Canary)
        self.server.asked.append(self.path)
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def canary() -> Iterator[Canary]:
    server = Canary()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def make_hostile(database: Engine, evil: list[str]) -> None:
    """Each text into each place that a shop, its owner or a user writes."""
    failed = {at + 1: text for at, text in enumerate(evil[:10])}
    with write(database) as connection:
        connection.execute(
            update(pages)
            .where(pages.c.position.in_(failed))
            .values(
                status="failed",
                reason="not_html",
                detail=case(failed, value=pages.c.position),
                url="http://shop.example/" + case(failed, value=pages.c.position),
            )
        )
        for at, name in enumerate(("name", "brand", "availability", "sku", "image_url", "description", "url")):
            connection.execute(update(products).values({name: evil[at]}))
        connection.execute(
            update(crawls).values(
                site=evil[0],
                profile={"title": evil[4], **{f"key{at}": text for at, text in enumerate(evil)}, evil[8]: "x"},
                arguments={text: text for text in evil},
                outputs=evil,
                verdict=None,
                exit_code=None,
            )
        )


def write_report(database: Engine, path: Path) -> str:
    with database.connect() as connection:
        path.write_text(report_of(connection, None), encoding="utf-8")
    return path.as_uri()


@pytest_twisted.ensureDeferred
async def test_no_script_runs_and_no_request_leaves(
    crawl: Callable[..., Any], canary: Canary, browse: Browse, tmp_path: Path
) -> None:
    evil = [text.format(canary=canary.address) for text in EVIL]
    crawled = await crawl(ProductsSpider)
    make_hostile(crawled.database, evil)
    report = write_report(crawled.database, tmp_path / "report.html")
    # what the same texts do where they are not escaped, and no policy holds them
    naively = [text.format(canary=f"{canary.address}/naive") for text in EVIL[:4]]
    obeying = tmp_path / "obeying.html"
    obeying.write_text(f"<!DOCTYPE html><title>x</title><p>{'<p>'.join(naively)}", encoding="utf-8")

    on_phone, on_desk, naive = browse(
        [
            {"url": report, "ask": SEEN, **PHONE},
            {"url": report, "ask": SEEN, **DESK},
            {"url": obeying.as_uri(), "ask": "document.title"},
        ]
    )

    # by the time it is loaded its pictures and style sheets were asked for, and its scripts have run
    assert naive["answer"] == "hacked"
    assert {"/naive/image", "/naive/import"} <= {url.removeprefix(canary.address) for url in naive["asked_for"]}
    assert {"/naive/image", "/naive/import"} <= set(canary.asked)
    assert [path for path in canary.asked if not path.startswith("/naive/")] == []
    for seen in (on_phone, on_desk):
        assert seen["loaded"]
        assert (seen["asked_for"], seen["console"]) == ([], [])
        answer = seen["answer"]
        assert answer["title"].startswith("Crawl 1: products <script>document.title='hacked'")
        assert (answer["elements"], answer["handlers"], answer["styles"]) == (0, 0, 1)
        assert answer["overflow"] <= 0
        for text in evil[:11]:
            assert text[:100] in answer["text"]
        assert "\\u001b[31mred\\u001b[2J\\u009b1m\\r\\nforged\\u202egnp.exe\\u2066\\u200b\\u0007" in answer["text"]
    assert (
        re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", unescape(on_phone["answer"]["text"]))
        is None
    )


FAULTS = ("status=404@15%", "status=503:first=1@5%", "status=403@5%")
QUICK = {"RETRY_TIMES": 2, "ECOM_PACE_BACKOFF_BASE_SECONDS": 0.05}
ADAPTIVE = QUICK | {"ECOM_THROTTLE": "adaptive"}


@pytest_twisted.ensureDeferred
async def test_the_first_screen_answers(
    crawl: Callable[..., Any], demo_shop: Callable[..., Shop], browse: Browse, tmp_path: Path
) -> None:
    bad = demo_shop("--products", "960", *(f"--fault={fault}" for fault in FAULTS))
    blocking = demo_shop("--products", "480", "--fault=banned@3-30")
    reports = []
    starts = ((ADAPTIVE, {}), (QUICK, {"start": bad.listing()}), (ADAPTIVE, {"start": blocking.listing()}))
    for settings, start in starts:
        crawled = await crawl(ProductsSpider, settings, **start)
        reports.append(write_report(crawled.database, tmp_path / f"{len(reports)}.html"))

    sizes = (PHONE, DESK)
    seen = browse([{"url": url, "ask": FIRST_SCREEN, **size} for url in reports for size in sizes])

    verdicts = ["complete exit code 0", "INCOMPLETE exit code 3", "BLOCKED exit code 4"]
    for verdict, screens in zip(verdicts, (seen[:2], seen[2:4], seen[4:]), strict=True):
        for screen in screens:
            answers = screen["answer"]
            assert answers["verdict"][0].startswith(verdict)
            assert " pages stored, " in answers["verdict"][0]
            assert (answers["reasons"] is None) == (verdict == verdicts[0])
            assert answers["speed"][0].endswith(" pages a second")
            assert re.search("its limits( were fixed)?: 16 requests at once, no wait between them", answers["why"][0])
            assert [id for id, said in answers.items() if said and said[1] > 1] == []
    assert all("http_404" in screen["answer"]["reasons"][0] for screen in seen[2:4])
    assert all("the shop refused " in screen["answer"]["why"][0] for screen in seen[2:])

    paper = tmp_path / "paper.pdf"
    for scheme, background in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 26)")):
        (look,) = browse([{"url": reports[1], "ask": FAINTEST, "paper": str(paper)}], scheme)
        texts, contrast, faintest, behind = look["answer"]
        assert texts > 100
        assert contrast >= 4.5, faintest
        assert behind == background
        assert paper.read_bytes().startswith(b"%PDF-")

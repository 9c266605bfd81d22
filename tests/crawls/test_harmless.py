"""A shop whose pages say what a terminal, a log or a spreadsheet would obey: it is shown, and does nothing."""

from __future__ import annotations

import csv
import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

FORGED = "2026-01-01 00:00:00 [ecomscraper] INFO: forged"
EVIL = f"=cmd()\x1b[2J\x1b[31m\x9b1m\r\n{FORGED}\u202egnp\u2066\x07<script>alert(1)</script>"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
A_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[\w.]+\] [A-Z]+: |    \| ")


class Shop(BaseHTTPRequestHandler):
    """Page 1 has an evil title; page 2 is no HTML, and what it is ends up in the page's detail; page 3 is gone."""

    def do_GET(self) -> None:
        status, kind, body = {
            "/1": (200, "text/html; charset=utf-8", f"<title>{EVIL.replace('<', '&lt;')}</title><p>x"),
            "/2": (200, "text/plain; charset=utf-8", EVIL),
        }.get(self.path, (404, "text/plain", EVIL))
        answer = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def urls(tmp_path: Path) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    host = f"http://127.0.0.1:{server.server_address[1]}"
    evil = "/=cmd()%1b[31m%0a%C2%9B1m\u202egnp"
    file = tmp_path / "urls.txt"
    file.write_text(f"{host}/1\n{host}/2\n{host}{evil}\n", encoding="utf-8")
    yield file
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_is_shown_and_does_nothing(run_scrapy: Callable[..., Any], urls: Path, tmp_path: Path) -> None:
    crawl = ("crawl", "ecommerce", "-a", f"urls={urls}", "-a", "limits.delay_seconds=0")

    done = run_scrapy(*crawl, "-O", "titles.csv", "-L", "DEBUG")
    as_json = run_scrapy(*crawl, "-s", "ECOM_LOG_FORMAT=json", "-L", "DEBUG", "-s", "STATS_DUMP=True")

    assert (done.returncode, as_json.returncode) == (3, 3), done.stderr
    assert CONTROLS.search(done.stderr) is None
    assert [line for line in done.stderr.splitlines() if not A_LINE.match(line)] == []
    assert not [line for line in done.stderr.splitlines() if line.startswith("2026-01-01")]
    assert "failed (not_html): 1 page" in done.stderr

    lines = as_json.stderr.splitlines()
    assert all(line.isascii() and set(json.loads(line)) >= {"time", "level", "logger", "message"} for line in lines)
    assert ": INCOMPLETE: 1 of 3 pages stored; 2 failed; " in json.loads(lines[-1])["message"]

    (row,) = csv.DictReader(StringIO((tmp_path / "titles.csv").read_text(encoding="utf-8")))
    assert row["title"].startswith("'=cmd()[2J[31m")
    assert CONTROLS.search(row["title"]) is None

    shown = {form: run_scrapy("crawls", "failures", "1", *form).stdout for form in ((), ("--json",), ("--csv",))}
    for text in (*shown.values(), run_scrapy("crawls", "show", "1").stdout):
        assert CONTROLS.search(text) is None
        assert "cmd()" in text or "not_html" in text
        assert not [line for line in text.splitlines() if line.startswith(FORGED[:10])]
    details = [each["detail"] for each in json.loads(shown["--json",])]
    assert any("cmd()" in detail for detail in details)

"""A crawl on a terminal, which is read back as one sees it."""

from __future__ import annotations

import codecs
import json
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Callable
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyte
import pytest

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.slow

LINES = 200  # nothing scrolls away
A_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[[\w.]+\] [A-Z]+: ")
FAULTS = ("--fault=status=404@20%", "--fault=status=503:first=1@10%")


@dataclass
class Terminal:
    """What a program wrote, and the screen after each piece of it."""

    columns: int
    written: str = ""
    screens: list[list[str]] = field(default_factory=list)

    @property
    def rows(self) -> list[str]:
        """The screen in the end, without its empty rows."""
        return [row for row in self.screens[-1] if row]

    def shows(self, text: str) -> bool:
        """Whether it was there at some moment."""
        return any(text in row for screen in self.screens for row in screen)


Watch = Callable[..., Terminal]


@pytest.fixture
def watch(start_scrapy: Callable[..., subprocess.Popen[str]]) -> Watch:
    """`watch("crawl", …, columns=100, env=…)` runs `scrapy …` on a terminal to its end."""

    def run(
        *args: str, columns: int = 100, env: dict[str, str] | None = None, code: int = 0, **options: Any
    ) -> Terminal:
        ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
        environment = {"TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "", "LINES": ""} | (env or {})
        process = start_scrapy(*args, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, **options)
        os.close(theirs)
        terminal, screen = Terminal(columns), pyte.Screen(columns, LINES)
        stream, decoder = pyte.Stream(screen), codecs.getincrementaldecoder("utf-8")()
        while piece := _read(ours):
            text = decoder.decode(piece)
            terminal.written += text
            stream.feed(text)
            terminal.screens.append([row.rstrip() for row in screen.display])
        os.close(ours)
        assert process.wait(60) == code, "\n".join(terminal.rows)
        return terminal

    return run


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # nobody holds the other end any more
        return b""


def table_of(rows: list[str]) -> dict[str, str]:
    """The summary table: label → words."""
    cells = [[cell.strip() for cell in row.strip("│").split("│")] for row in rows if row.startswith("│")]
    return {cell[0]: cell[1] for cell in cells if cell[0]}


def test_a_block_then_a_table(watch: Watch, demo_shop: Callable[..., Shop], run_scrapy: Callable[..., Any]) -> None:
    shop = demo_shop("--products", "1600", "--latency", "0.1", *FAULTS)
    quick = ("-s", "ECOM_PACE_BACKOFF_BASE_SECONDS=0.1", "-a", "limits.delay_seconds=0.02")

    seen = watch("crawl", "products", "-a", f"start={shop.listing()}", "-O", "p.json", *quick, code=3)

    record = json.loads(run_scrapy("crawls", "show", "--json").stdout)[0]
    stored, failed = record["stored"], record["failed"]
    assert (stored + failed, record["retried"] > 0) == (100, True)
    table = table_of(seen.rows)
    assert table["pages"] == f"{stored} of 100 stored, {failed} failed"
    assert table["http_404"].startswith(f"{failed}, such as http://127.0.0.1:")
    assert table["tries"] == f"{record['retried']} repeated, {record['refused']} refused by the shop"
    assert table["time"] == f"{record['seconds']:.1f} s, {record['pages_per_second']:.1f} pages/s"
    assert table["output"] == f"{record['items']} rows in p.json"
    assert any("its limits were fixed: 16 requests at once, 0.02 s apart" in row for row in seen.rows)
    title = next(row for row in seen.rows if "INCOMPLETE" in row)
    assert title == "products demo, crawl 1: INCOMPLETE"

    # while it ran, the block said what was settled so far; in the end it is gone
    assert seen.shows(" of 100 pages")
    assert seen.shows("━━━━━")
    assert seen.shows("requests in flight: 1 each 0.02 s, as limits.delay_seconds says")
    assert not any("━━━" in row or "requests in flight" in row for row in seen.rows)
    shown = [re.search(r"(\d+) of 100 pages", row) for screen in seen.screens for row in screen]
    settled = [int(match[1]) for match in shown if match]
    assert settled == sorted(settled)

    # the log is whole, and its last line is the last one
    log = [row for row in seen.rows if A_LOG_LINE.match(row)]
    assert len(log) >= 5
    assert "".join(seen.rows).endswith(record["summary"])
    assert not [row for row in seen.rows[: seen.rows.index(title)] if not A_LOG_LINE.match(row)]
    assert "\x1b[?25l" not in seen.written  # the cursor is never hidden: kill -9 would leave it so


def test_a_url_of_controls_does_nothing_to_it(watch: Watch, demo_shop: Callable[..., Shop], tmp_path: Path) -> None:
    shop = demo_shop("--latency", "0.3")
    evil = "%1b[2J%0a%C2%9b31m\u202egnp\u2066[red]=cmd()"  # raw controls are refused before the crawl
    (tmp_path / "urls.txt").write_text(f"{shop.address}/gone/{evil}\n{shop.listing()}\n", encoding="utf-8")

    seen = watch("crawl", "ecommerce", "-a", "urls=urls.txt", "-O", "titles.json", columns=160, code=3)

    assert table_of(seen.rows)["http_404"].endswith(r"\u202egnp\u2066[red]=cm…")
    assert seen.shows(" of 2 pages")
    assert seen.shows("Spider opened")  # nothing has cleared the screen
    assert [mark for mark in ("\x1b[2J", "\x9b", "\u202e", "\u2066", "\x07") if mark in seen.written] == []


def test_a_block_fits_a_narrow_terminal(watch: Watch, demo_shop: Callable[..., Shop]) -> None:
    shop = demo_shop("--products", "480", "--latency", "0.1", *FAULTS)

    seen = watch("crawl", "ecommerce", "-a", f"start={shop.listing()}", "-a", "retry.times=1", columns=44, code=3)

    assert seen.shows(" of 30 pages")
    assert not any("requests in flight" in row or row.endswith(" of 30 pages") for row in seen.rows)
    assert next(row for row in seen.rows if row.startswith("╭")).endswith("╮")


LINE = re.compile(r"INFO: ecommerce demo: \d+ of \d+ pages settled .*; \d+ of \d+ requests in flight")


@pytest.mark.parametrize(
    ("args", "env"),
    [
        (("-s", "ECOM_PROGRESS=off"), {}),
        ((), {"NO_COLOR": "1"}),
        ((), {"TERM": "dumb"}),
    ],
    ids=["off", "NO_COLOR", "dumb"],
)
def test_without_a_block_a_line_tells(watch: Watch, args: tuple[str, ...], env: dict[str, str]) -> None:
    crawl = ("crawl", "ecommerce", "-s", "LOGSTATS_INTERVAL=0.2", "-s", "ECOM_DEMO_LATENCY_SECONDS=0.1")

    seen = watch(*crawl, *args, columns=400, env=env)

    assert "\x1b" not in seen.written
    assert any(LINE.search(row) for row in seen.rows)
    assert "complete: 12 of 12 pages stored" in seen.rows[-1]
    assert not any(row.startswith("╭") for row in seen.rows)


def test_it_says_that_what_is_left_waits(watch: Watch, demo_shop: Callable[..., Shop]) -> None:
    shop = demo_shop("--products", "128", "--fault=status=500:first=1@2-8")
    quick = ("-s", "LOGSTATS_INTERVAL=0.1", "-s", "ECOM_PACE_BACKOFF_BASE_SECONDS=3", "-s", "ECOM_PROGRESS=off")

    seen = watch("crawl", "ecommerce", "-a", f"start={shop.listing()}", *quick, columns=400)

    assert seen.shows(" of 16 requests in flight: what is left is tried again, the next in ")


def test_a_log_in_a_file_has_its_lines_beside_the_block(watch: Watch, tmp_path: Path) -> None:
    crawl = ("crawl", "ecommerce", "-s", "LOGSTATS_INTERVAL=0.2", "-s", "ECOM_DEMO_LATENCY_SECONDS=0.1")

    seen = watch(*crawl, "--logfile", "crawl.log")

    assert LINE.search((tmp_path / "crawl.log").read_text(encoding="utf-8"))
    assert seen.shows("━━━━━")
    assert table_of(seen.rows)["pages"] == "12 of 12 stored, 0 failed"
    assert not [row for row in seen.rows if A_LOG_LINE.match(row)]

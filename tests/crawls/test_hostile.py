"""Pages that are made to stop a crawler: each ends with its reason, and the crawl goes on."""

from __future__ import annotations

import os
import resource
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import ecomscraper
from ecomscraper.demo.fault_kinds import FAULT_KINDS

LIMIT_MIB = 300
LONGEST_PAUSE_SECONDS = 1.0

# What takes memory or time: sizes, bombs, headers, nesting, attributes, redirects.
FAULTS = {
    "endless": "too_large",
    "endless_headers": "too_large",
    "large": "too_large",
    "bomb=gzip:bytes=268435456": "too_large",
    "bomb=br:bytes=268435456": "too_large",
    "bomb=zstd:bytes=268435456": "too_large",
    "deep=100000": "too_deep",
    "deep=500000": "too_deep",
    "many_attributes=50000": "too_many_attributes",
    "many_attributes=500000": "too_many_attributes",
    "redirect_loop": "redirect_loop",
    "redirect_offsite": "offsite",
    "redirect_file": "offsite",
}
GOOD_PAGES = 20

HEARTBEAT = '''"""Says at the end how long the event loop stood still, and how much memory the process took, at most.

In processor time of the loop's thread as well: on a busy machine it stands still through no fault of its own.
"""

import asyncio, re, time
from pathlib import Path

from scrapy import signals


class Heartbeat:
    def __init__(self, crawler):
        self.longest = self.longest_work = 0.0
        self.crawler = crawler
        crawler.signals.connect(self.begin, signals.engine_started)
        crawler.signals.connect(self.end, signals.engine_stopped)

    from_crawler = classmethod(lambda cls, crawler: cls(crawler))

    def begin(self):
        self.task = asyncio.ensure_future(self.beat())

    async def beat(self):
        while True:
            begin, work = time.monotonic(), time.thread_time()
            await asyncio.sleep(0.02)
            self.longest = max(self.longest, time.monotonic() - begin - 0.02)
            self.longest_work = max(self.longest_work, time.thread_time() - work)

    def end(self):
        self.task.cancel()
        status = Path("/proc/self/status").read_text()  # ru_maxrss has the memory of who began it
        peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1024
        Path("heartbeat.txt").write_text(f"{self.longest} {self.longest_work} {peak}")
'''
SETTINGS = """
from ecomscraper.settings import *

EXTENSIONS = EXTENSIONS | {"heartbeat.Heartbeat": 0}
"""


@pytest.fixture
def heartbeat(tmp_path: Path) -> dict[str, str]:
    """The environment of a crawl that keeps a record of its pauses and its memory."""
    (tmp_path / "heartbeat.py").write_text(HEARTBEAT)
    (tmp_path / "beating_settings.py").write_text(SETTINGS)
    sources = str(Path(ecomscraper.__file__).parents[1])
    return {"PYTHONPATH": os.pathsep.join([sources, str(tmp_path)]), "SCRAPY_SETTINGS_MODULE": "beating_settings"}


def test_every_kind_of_fault_is_here() -> None:
    ours = {fault.partition("=")[0] for fault in FAULTS}
    too_much = {name for name, kind in FAULT_KINDS.items() if kind.reason.startswith("too_")}
    redirects = {name for name, kind in FAULT_KINDS.items() if kind.reason in ("redirect_loop", "offsite")}
    assert ours == too_much | redirects


@pytest.mark.slow
def test_each_of_them_alone_ends_with_its_reason(
    demo_shop: Any, start_crawl: Any, heartbeat: dict[str, str], tmp_path: Path
) -> None:
    """One request at a time: each kind on a page of its own, between good pages."""
    faults = [part for number, fault in enumerate(FAULTS, 2) for part in ("--fault", f"{fault}@{number}")]
    shop = demo_shop("--products", str(16 * (1 + len(FAULTS) + GOOD_PAGES)), *faults)
    run = start_crawl(shop, "-a", "limits.concurrency=1", env=heartbeat)
    assert run.end(timeout=120) == 3, run.log

    found = _statuses(tmp_path)
    assert {position: found[position] for position in range(2, 2 + len(FAULTS))} == dict(enumerate(FAULTS.values(), 2))
    assert list(found.values()).count("stored") == 1 + GOOD_PAGES
    _within_bounds(run, tmp_path)


MIXED = (*FAULTS, *list(FAULTS)[:3])  # sixteen


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(MIXED, id="mixed", marks=pytest.mark.slow),
        *(pytest.param((fault,) * 16, id=fault, marks=pytest.mark.campaign) for fault in FAULTS),
    ],
)
def test_sixteen_at_once_take_little_memory_and_stop_nothing(
    kinds: tuple[str, ...], demo_shop: Any, start_crawl: Any, heartbeat: dict[str, str], tmp_path: Path
) -> None:
    faults = [part for position, fault in enumerate(kinds, 2) for part in ("--fault", f"{fault}@{position}")]
    shop = demo_shop("--products", str(16 * (17 + GOOD_PAGES)), *faults)
    begin = time.monotonic()
    run = start_crawl(shop, env=heartbeat)
    assert run.end(timeout=120) == 3, run.log

    found = _statuses(tmp_path)
    assert [found[position] for position in range(2, 18)] == [FAULTS[fault] for fault in kinds]
    assert list(found.values()).count("stored") == 1 + GOOD_PAGES
    assert time.monotonic() - begin < 60
    _within_bounds(run, tmp_path)


def _statuses(folder: Path) -> dict[int, str]:
    """Of each page, by position: "stored", or the reason why it failed."""
    with closing(sqlite3.connect(folder / "data" / "ecomscraper.sqlite3")) as connection:
        return dict(connection.execute("SELECT position, coalesce(reason, status) FROM pages ORDER BY position"))


def _within_bounds(run: Any, folder: Path) -> None:
    pause, work, peak = map(float, (folder / "heartbeat.txt").read_text().split())
    print(f"longest pause {pause:.2f} s, of work {work:.2f} s, peak memory {peak:.0f} MiB")  # noqa: T201  # the record
    assert peak < LIMIT_MIB
    assert work < LONGEST_PAUSE_SECONDS
    assert " ERROR: " not in run.log


@pytest.mark.slow
@pytest.mark.parametrize("hard", [64, 4096])
def test_too_few_open_files_are_raised_or_refused_in_one_line(hard: int, start_scrapy: Any) -> None:
    """32 allowed at first, 80 needed: 16 requests and 64 for everything else."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, hard))

    process = start_scrapy("crawl", "ecommerce", preexec_fn=limit)
    _, said = process.communicate(timeout=60)
    if hard == 4096:
        assert process.returncode == 0, said
        return
    assert process.returncode == 2, said
    assert said.splitlines() == [
        "scrapy crawl: CONCURRENT_REQUESTS needs 80 open files, the system allows 64: "
        "lower it, or raise the limit (ulimit -n 80)"
    ]

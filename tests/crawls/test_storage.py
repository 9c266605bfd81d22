"""Storage that is locked, full or cannot be written: it is tried for a while, then the crawl stops, resumable."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PAGES = 400
IN_ENGINE = 32  # the feeder's window at the demo shop's limit of 16
BUFFER_PAGES = 50
OLD_FEED = '[\n{"page": 1, "title": "yesterday"}\n]'

suite = pytest.mark.slow
campaign = pytest.mark.campaign


@pytest.fixture
def slow_shop(demo_shop: Any) -> Any:
    """A shop whose pages take so long that there is time to break the storage under a crawl."""
    return demo_shop("--small", "--products", str(16 * PAGES), "--latency", "0.05")


def stored(folder: Path) -> int:
    """Pages that another program finds stored; 0 while there is no database yet."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/ecomscraper.sqlite3?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM pages WHERE status = 'stored'").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def pages_stored(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "ecomscraper.sqlite3")) as connection:
        return [page for (page,) in connection.execute("SELECT page FROM titles ORDER BY position")]


def pass_seconds(run: Any, seconds: float) -> None:
    """Let a crawl go on for so long."""
    until = time.monotonic() + seconds
    assert run.when(lambda: time.monotonic() >= until), run.log


def check_complete(run: Any, feed: Path) -> None:
    assert run.end(timeout=90) == 0, run.log
    assert [row["page"] for row in json.loads(feed.read_text())] == list(range(1, PAGES + 1))
    assert f"complete: {PAGES} of {PAGES} pages stored; 0 failed" in run.last_line
    assert "Traceback" not in run.log


# ---- locked by another program ----


@pytest.mark.parametrize(
    "seconds", [pytest.param(6, marks=suite), pytest.param(20, marks=campaign)]
)  # one statement waits for 5 s, then it is tried again
def test_a_crawl_waits_for_a_database_that_another_program_holds(
    seconds: float, slow_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    run = start_crawl(slow_shop, "-O", "titles.json", "-s", f"ECOM_LEDGER_BUFFER_PAGES={BUFFER_PAGES}")
    assert run.when(lambda: stored(tmp_path / "data") > 20), run.log
    with closing(sqlite3.connect(tmp_path / "data" / "ecomscraper.sqlite3")) as other:
        other.execute("BEGIN EXCLUSIVE")
        pass_seconds(run, seconds)
        held = stored(tmp_path / "data")
        asked = slow_shop.counts()["requests"] - 1  # without robots.txt
        assert asked <= held + BUFFER_PAGES + IN_ENGINE, "a slow database did not slow the crawl"
        other.rollback()
    check_complete(run, tmp_path / "titles.json")
    assert run.log.count("The database cannot be written now (database is locked); trying again") == 1


# ---- full, or not to be written ----


@contextmanager
def files_that_cannot_grow(run: Any, database: Path) -> Iterator[None]:
    """No file of the crawl's process grows beyond the size of its write-ahead log now, as with a quota."""
    size = database.with_name(f"{database.name}-wal").stat().st_size
    was = resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (size, was[1]))
    yield
    if run.process.poll() is None:
        resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, was)


@contextmanager
def full_disk(run: Any, database: Path) -> Iterator[None]:
    """Not a byte is left on the small file system of the database."""
    filler = database.with_name("filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"0" * 4096):
            pass
    yield
    filler.unlink()


@contextmanager
def read_only_files(run: Any, database: Path) -> Iterator[None]:
    """Database and write-ahead log cannot be written any more: not by root, nor by who opened them before."""
    files = (str(database), f"{database}-wal")
    subprocess.run(["chattr", "+i", *files], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


@pytest.fixture
def small_file_system(tmp_path: Path) -> Iterator[Path]:
    """Eight megabytes of its own at tmp_path/data. Needs the right to mount."""
    folder = tmp_path / "data"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@suite
def test_a_database_that_cannot_grow_stops_the_crawl_which_resumes_when_there_is_room(
    slow_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _break_and_resume(slow_shop, start_crawl, tmp_path, files_that_cannot_grow, "disk I/O error", patience_seconds=2)


@campaign
@pytest.mark.usefixtures("small_file_system")
def test_a_full_disk_stops_the_crawl_which_resumes_when_there_is_room(
    slow_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _break_and_resume(slow_shop, start_crawl, tmp_path, full_disk, "database or disk is full", patience_seconds=40)


@campaign
def test_a_database_made_read_only_stops_the_crawl_which_resumes_when_it_can_be_written(
    slow_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    _break_and_resume(slow_shop, start_crawl, tmp_path, read_only_files, "disk I/O error", patience_seconds=40)


def _break_and_resume(
    shop: Any, start_crawl: Any, tmp_path: Path, broken: Callable[..., Any], why: str, *, patience_seconds: float
) -> None:
    """Break the storage under a crawl, see it stop, and resume it on whole storage."""
    data, feed = tmp_path / "data", tmp_path / "titles.json"
    run = start_crawl(shop, "-O", "titles.json", "-s", f"ECOM_LEDGER_PATIENCE_SECONDS={patience_seconds}")
    assert run.when(lambda: stored(data) > 20), run.log
    with broken(run, data / "ecomscraper.sqlite3"):
        assert run.end(timeout=patience_seconds + 20) == 6, run.log
    told = f"the database could not be written for {patience_seconds} s: {why}; the crawl stops and can be resumed"
    assert [told in line for line in run.log.splitlines()].count(True) == 1
    kept = stored(data)
    assert f"STORAGE FAILED: {kept} of {PAGES} pages stored; 0 failed; {PAGES - kept} not done" in run.last_line
    assert [row["page"] for row in json.loads(feed.read_text())] == pages_stored(data)
    assert "Traceback" not in run.log

    resumed = start_crawl(shop, "-a", "resume=last", "-O", "titles.json")
    check_complete(resumed, feed)


@suite
def test_a_crawl_goes_on_when_there_is_room_again(slow_shop: Any, start_crawl: Any, tmp_path: Path) -> None:
    run = start_crawl(slow_shop, "-O", "titles.json")
    assert run.when(lambda: stored(tmp_path / "data") > 20), run.log
    with files_that_cannot_grow(run, tmp_path / "data" / "ecomscraper.sqlite3"):
        assert run.when(lambda: "cannot be written now (disk I/O error); trying again" in run.log), run.log
    check_complete(run, tmp_path / "titles.json")


@suite
@pytest.mark.parametrize("pages", [12, 60], ids=["which shows at the end", "which shows at once"])
def test_an_output_on_a_full_disk_is_told_and_leaves_the_old_file(
    pages: int, demo_shop: Any, start_crawl: Any, tmp_path: Path
) -> None:
    shop = demo_shop("--small", "--products", str(16 * pages), "--latency", "0.3")
    feed = tmp_path / "titles.json"
    feed.write_text(OLD_FEED)
    run = start_crawl(shop, "-O", "titles.json", "-O", "titles.csv")
    assert run.when_asked(shop, 1), run.log  # for robots.txt: no row is there before the next answer
    (tmp_path / ".titles.json.part").symlink_to("/dev/full")  # where the new file is written

    assert run.end() == 6, run.log

    assert feed.read_text() == OLD_FEED
    assert "titles.json could not be written: [Errno 28] No space left on device" in run.log
    assert "Traceback" not in run.log
    assert f"STORAGE FAILED: {pages} of {pages} pages stored; 0 failed; " in run.last_line
    assert f"{pages} rows in titles.csv" in run.last_line
    assert len((tmp_path / "titles.csv").read_text().splitlines()) == 1 + pages
    assert start_crawl(shop, "-a", "resume=last", "-O", "titles.json").end() == 0
    assert [row["page"] for row in json.loads(feed.read_text())] == list(range(1, pages + 1))

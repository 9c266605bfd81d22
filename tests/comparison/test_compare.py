"""`scrapy compare` itself: every approach alone, and the command with some of them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ecomscraper.comparison.catalogue import Approach, approaches
from ecomscraper.comparison.measuring import measure, run_alone
from ecomscraper.comparison.report import HEAD
from ecomscraper.comparison.rows import rows
from ecomscraper.comparison.target import Target, demo_shop, project_folder

pytestmark = pytest.mark.slow

RunScrapy = Callable[..., "subprocess.CompletedProcess[str]"]
PAGES, WORKERS = 8, 4
BY_MODULE = {each.module: each for each in approaches(WORKERS, PAGES) if each.workers != 1 or "one" in each.name}
BROKEN = 10
# Of these, four answer 503 at first, three break off before their answer and three in the middle of it.
SURVIVED = {"crawlee_parsel": 10, "scrapy_spider": 10, "this_project": 10, "session_and_retry": 7}
# Their clients send again what ended on a kept connection before a byte came.
SENT_AGAIN_UNSEEN = {"aiohttp_gather", "aiohttp_semaphore", "aiohttp_uvloop", "aiohttp_processes", "twisted_treq"}
KEEPS_ORDER = {
    *("one_after_the_other", "httpx_client", "thread_pool_map", "session_and_retry", "multiprocessing_pool"),
    *("process_pool", "run_in_executor", "gevent_pool", "httpx_async", "aiohttp_gather", "aiohttp_semaphore"),
    *("aiohttp_uvloop", "aiohttp_processes", "tornado_client", "twisted_treq", "this_project"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("comparison")
    project_folder(made)
    return made


@pytest.fixture(scope="module")
def target(folder: Path, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[Target]:
    with demo_shop(folder, PAGES, latency_seconds=0.01) as shop:
        yield shop


@pytest.fixture(scope="module")
def monkeypatch_module(root: Path) -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(root))  # processes of any folder use these sources
        yield patch


@pytest.fixture(scope="module")
def root() -> Path:
    return Path(__file__).parents[2]


@pytest.mark.parametrize("approach", BY_MODULE.values(), ids=BY_MODULE)
def test_an_approach_finds_all_titles_and_what_is_said_of_it_holds(
    approach: Approach, target: Target, folder: Path
) -> None:
    fastest = replace(approach, parsers=approach.parsers[-1:])

    (row,) = rows(list(measure([fastest], target, folder)), target)

    assert row.problem is None
    assert row.broken == BROKEN
    if approach.module in SENT_AGAIN_UNSEEN:
        assert row.survived in range(4)
    else:
        assert row.survived == SURVIVED.get(approach.module, 0)
    if approach.module in KEEPS_ORDER:
        assert row.in_order
    assert 0 < row.cpu_seconds < 20
    assert 15e6 < row.peak_bytes < 400e6


def test_a_process_that_fails_is_told(target: Target, folder: Path) -> None:
    (folder / "pages.txt").write_text(target.urls[0])
    absent = replace(BY_MODULE["threads"], module="nosuch")

    run = run_alone(absent, "selectolax", folder / "pages.txt", folder)

    assert run.found == []
    assert run.error is not None
    assert run.error.endswith("No module named ecomscraper.comparison.nosuch")


def test_the_command_prints_table_and_advice_and_draws(run_scrapy: RunScrapy, tmp_path: Path) -> None:
    only = "one_after_the_other,aiohttp_semaphore,process_pool"
    options = ("--pages", "5", "--workers", "5", "--latency", "0.01", "--only", only)

    done = run_scrapy("compare", *options, "--plot", "p.svg", "--json", "f.json")

    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert re.split(" {2,}", head) == list(HEAD)
    names = ("one after the other", "ProcessPoolExecutor", "aiohttp semaphore")
    assert [re.split(" {2,}", line)[:3] for line in lines[:6]] == [
        [name, parser, "1" if name == names[0] else "5"] for name in names for parser in ("beautifulsoup", "selectolax")
    ]
    assert "5 pages of the demo shop, each after 10 ms; all rows with the same 5 titles." in done.stdout
    assert "- The parser first: BeautifulSoup costs" in done.stdout
    assert "6 of 6: aiohttp semaphore, selectolax:" in done.stderr
    assert (tmp_path / "p.svg").read_text().startswith("<svg ")
    assert len(json.loads((tmp_path / "f.json").read_text())) == 6


def test_ones_own_pages_are_fetched_once(run_scrapy: RunScrapy, demo_shop_process: str, tmp_path: Path) -> None:
    pages = [f"{demo_shop_process}{path}" for path in ("", "page/2/", "page/99/")]
    (tmp_path / "own.txt").write_text("\n".join(pages))

    done = run_scrapy("compare", "--urls", "own.txt", "--only", "one_after_the_other")

    assert done.returncode == 0, done.stderr
    assert f"2 pages of own.txt (1 more did not come: {pages[2]} http_404), served from here after" in done.stdout
    assert "all rows with the same 2 titles" in done.stdout


@pytest.fixture
def demo_shop_process(start_scrapy: Callable[..., subprocess.Popen[str]]) -> str:
    process = start_scrapy("demo", "--port", "0", "--small")
    assert process.stdout is not None
    return process.stdout.readline().split()[2]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("--only thread", "--only thread: unknown approach; did you mean threads?"),
        ("--urls nosuch.txt", "--urls nosuch.txt: cannot be read: No such file or directory"),
        ("--urls x --pages 101", "--pages 101: of somebody's pages at most 100 are fetched"),
        ("here", "unknown argument: here"),
    ],
)
def test_what_is_wrong_is_told(args: str, said: str, run_scrapy: RunScrapy) -> None:
    done = run_scrapy("compare", *args.split())

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"scrapy compare: {said}\n")

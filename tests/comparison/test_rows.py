"""Figures of runs become rows, a table, a picture and advice."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from ecomscraper.comparison.catalogue import Approach
from ecomscraper.comparison.measuring import Measured, Run
from ecomscraper.comparison.plot import plot
from ecomscraper.comparison.report import HEAD, advice, cells
from ecomscraper.comparison.rows import Row, rows, wrong_titles
from ecomscraper.comparison.target import Target

URLS = [f"http://shop/{number}" for number in range(10)]
BROKEN = ["http://shop/bad/1", "http://shop/bad/2"]
TITLES = {url: f"Title of {url}" for url in [*URLS, *BROKEN]}
TARGET = Target(URLS, TITLES, 0.05, "ten pages", [*BROKEN, URLS[0]], frozenset(BROKEN), "http://shop/reset")
FOUND = [(url, TITLES[url]) for url in URLS]
SEQUENTIAL = Approach("one after the other", "one_after_the_other", 1)
POOL = Approach("ThreadPoolExecutor(10).map", "thread_pool_map", 10)
LOOP = Approach("aiohttp semaphore", "aiohttp_semaphore", 10)
PROCESSES = Approach("ProcessPoolExecutor", "process_pool", 10, processes=10)
CRAWLEE = Approach("Crawlee", "crawlee_parsel", 10, ("crawlee",), ("parsel", "selectolax"))


def measured(approach: Approach, parser: str, seconds: float, **options: Any) -> Measured:
    run = Run(seconds, options.get("cpu", 0.1), 50_000_000, options.get("found", FOUND), options.get("error"))
    return Measured(approach, parser, run, options.get("faulty", [(BROKEN[0], None), (BROKEN[1], None)]))


@pytest.fixture
def found() -> list[Row]:
    survived = [(url, TITLES[url]) for url in (URLS[0], BROKEN[1])]
    return rows(
        [
            measured(SEQUENTIAL, "beautifulsoup", 1.0, cpu=0.2),
            measured(SEQUENTIAL, "selectolax", 0.6),
            measured(POOL, "beautifulsoup", 0.25, cpu=0.2),
            measured(POOL, "selectolax", 0.1),
            measured(LOOP, "selectolax", 0.08, cpu=0.05, faulty=survived),
            measured(PROCESSES, "beautifulsoup", 0.125),
            measured(CRAWLEE, "parsel", 0.5, found=FOUND[::-1], faulty=[(url, TITLES[url]) for url in BROKEN]),
        ],
        TARGET,
    )


def test_a_row_holds_what_was_measured_against_what_waiting_takes(found: list[Row]) -> None:
    assert [cells(row) for row in found[:4]] == [
        [
            "one after the other",
            "beautifulsoup",
            "1",
            "1.00",
            "0.50",
            "1.0",
            "10",
            "20.0",
            "50",
            "0 of 2",
            "kept",
            "14",
        ],
        ["one after the other", "selectolax", "1", "0.60", "0.50", "1.0", "17", "10.0", "50", "0 of 2", "kept", "14"],
        [POOL.name, "beautifulsoup", "10", "0.25", "0.05", "4.0", "40", "20.0", "50", "0 of 2", "kept", "17"],
        [POOL.name, "selectolax", "10", "0.10", "0.05", "6.0", "100", "10.0", "50", "0 of 2", "kept", "17"],
    ]
    assert all(len(cells(row)) == len(HEAD) for row in found)


def test_order_failures_processes_and_another_parser(found: list[Row]) -> None:
    loop, processes, crawlee = found[4:]
    assert (loop.survived, loop.in_order) == (1, False)  # the faulty page came behind its place
    assert cells(processes)[8] == "50 × 10"
    assert (crawlee.survived, crawlee.in_order, crawlee.speed_up) == (2, False, 2.0)


def test_without_one_after_the_other_there_is_no_speed_up() -> None:
    (row,) = rows([measured(POOL, "selectolax", 0.1, faulty=None)], TARGET)

    assert (cells(row)[5], cells(row)[9]) == ("-", "-")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"error": "ImportError: no"}, "ImportError: no"),
        ({"found": FOUND[1:]}, f"1 of 10 titles differ: None instead of 'Title of {URLS[0]}' at {URLS[0]}"),
        ({"found": [*FOUND, (URLS[3], "503")]}, f"1 of 10 titles differ: '503' instead of 'Title of {URLS[3]}'"),
    ],
)
def test_other_titles_are_a_problem(options: dict[str, Any], problem: str) -> None:
    (row,) = rows([measured(POOL, "selectolax", 0.1, **options)], TARGET)

    assert row.problem is not None
    assert row.problem.startswith(problem)
    assert advice([row]) == []


def test_the_same_titles_are_none() -> None:
    assert wrong_titles(dict(FOUND), {url: TITLES[url] for url in URLS}) is None


def test_advice_is_drawn_from_the_figures(found: list[Row]) -> None:
    few, parsers, waiting, processes, failures, order = advice(found)

    assert few == "For ten pages one after the other is enough: 0.6 s, in 14 lines of code."
    assert parsers == (
        "The parser first: BeautifulSoup costs 10 ms of processor a page more than selectolax, so with it nothing here "
        "reads more than 80 pages/s (ProcessPoolExecutor)."
    )
    assert waiting.startswith(
        "Waiting is what threads and asyncio save, both: with 10 at once ThreadPoolExecutor(10).map reads 100 pages/s "
        "and aiohttp semaphore 125, one after the other 17. Threads take 2.0 times the processor time."
    )
    assert processes.startswith(
        "Processes help where the parser is slow: with BeautifulSoup ProcessPoolExecutor reads 80"
    )
    assert failures.startswith(
        "Of 2 pages whose first try failed, Crawlee got all; aiohttp semaphore got some; 3 of 5 approaches"
    )
    assert order == ("Where the order matters: it is lost by aiohttp semaphore, Crawlee; the others keep it.")


def test_the_picture_has_a_bar_a_row_as_long_as_its_figure(found: list[Row]) -> None:
    drawn = ElementTree.fromstring(plot(found, "ten pages & more"))
    bars = [each for each in drawn.iter("{http://www.w3.org/2000/svg}rect") if each.get("height") == "9"]
    texts = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]

    assert [float(bar.get("width", "")) for bar in bars] == [36.8, 61.3, 147.2, 368.0, 460.0, 294.4, 73.6 + 0.0]
    assert texts[0] == "ten pages & more"
    assert {row.name for row in found} <= set(texts)

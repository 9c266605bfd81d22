"""Every approach of the room is in the catalogue, with what it needs and how long it is."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import ecomscraper.comparison
from ecomscraper.comparison.catalogue import Approach, approaches, code_lines
from ecomscraper.comparison.task import PARSERS

FOLDER = Path(ecomscraper.comparison.__file__).parent


def test_no_approach_is_forgotten() -> None:
    presenting = {file.stem for file in FOLDER.glob("*.py") if "present(crawl)" in file.read_text(encoding="utf-8")}

    assert {each.module for each in approaches(10, 100)} == presenting
    assert len(presenting) == 22


@pytest.mark.parametrize("approach", approaches(10, 100), ids=lambda approach: approach.name)
def test_what_an_approach_imports_is_what_it_needs(approach: Approach) -> None:
    tree = ast.parse((FOLDER / f"{approach.module}.py").read_text(encoding="utf-8"))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    third_party = imported & {
        *("aiohttp", "crawlee", "gevent", "httpx", "requests", "requests_futures", "scrapy", "tornado", "treq"),
        *("urllib3", "uvloop"),
    }

    assert set(approach.needs) == third_party
    assert set(approach.parsers) <= set(PARSERS)
    assert approach.missing == []
    assert 10 <= approach.lines <= 40


def test_what_is_not_installed_is_named() -> None:
    absent = replace(approaches(10, 100)[0], needs=("requests", "nosuchmodule"))

    assert absent.missing == ["nosuchmodule"]


def test_numbers_of_workers_are_those_of_the_tutorials_and_ones_own() -> None:
    def workers(module: str, own: int) -> list[int]:
        return [each.workers for each in approaches(own, 100) if each.module == module]

    assert workers("thread_pool_map", 10) == workers("thread_pool_as_completed", 10) == [1, 5, 10, 20]
    assert workers("thread_pool_map", 8) == [1, 5, 8, 10, 20]
    assert workers("futures_session", 10) == [2, 10]
    assert workers("threads", 10) == workers("aiohttp_gather", 10) == [100]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", 0),
        ('"""Only words."""\n# and a comment\n', 0),
        ('"""Words\n\nof three lines."""\n\nimport os  # why\n', 1),
        ('def f():\n    """What it does."""\n\n    return "text"\n', 2),
        ('f(\n    "a text",\n\n    # a comment\n    2,\n)\n', 4),
        ('x = """three\nlines\nof text"""\n', 3),
    ],
)
def test_lines_of_code_are_those_with_code(source: str, lines: int) -> None:
    assert code_lines(source) == lines

"""The package's source files, read once and parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """A Python file of the project."""

    path: str
    """Below the package or below tests/, such as "pages/title.py"."""
    text: str

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @property
    def module(self) -> str:
        """For a file of the package: its dotted name."""
        return f"ecomscraper.{self.path.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, top-level package) of each import, also of those inside functions and for type checkers."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.lineno, node.module.split(".")[0]


def _read(folder: Path) -> list[Source]:
    files = sorted(folder.rglob("*.py"))
    return [Source(file.relative_to(folder).as_posix(), file.read_text(encoding="utf-8")) for file in files]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    """All modules of the package."""
    return _read(ROOT / "ecomscraper")


@pytest.fixture(scope="session")
def test_sources() -> list[Source]:
    return _read(ROOT / "tests")

"""What is imported is declared in pyproject.toml, also where another dependency would bring it along."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Source

NEWER_STANDARD_LIBRARY = {"compression"}  # from Python 3.14 on
NO_LIBRARY = {*sys.stdlib_module_names, *NEWER_STANDARD_LIBRARY, "ecomscraper", "conftest"}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    read: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return read


def _names(requirements: list[str]) -> set[str]:
    """ "SQLAlchemy>=2" → "sqlalchemy"."""
    return {_normalised(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]) for requirement in requirements}


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _undeclared(sources: list[Source], declared: set[str]) -> dict[str, str]:
    """Imported package → a file that imports it."""
    distributions = packages_distributions()
    beside = {Path(source.path).stem for source in sources}  # a script imports the one beside it by its bare name
    return {
        package: f"{source.path}:{line}"
        for source in sources
        for line, package in source.imports()
        if package not in NO_LIBRARY | beside
        and not declared & {_normalised(name) for name in distributions.get(package, ())}
    }


def test_the_package_imports_declared_dependencies_only(sources: list[Source], project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    used = ("compare", "fast", "metrics", "postgres", "report", "scrapyd", "tables")
    declared = _names(project["dependencies"]).union(*(_names(extras[name]) for name in used))

    assert _undeclared(sources, declared) == {}


def test_tests_import_declared_dependencies_only(test_sources: list[Source], project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    used = ("test", "compare", "metrics", "postgres", "tables")
    declared = _names(project["dependencies"]).union(*(_names(extras[name]) for name in used))

    assert _undeclared(test_sources, declared) == {}

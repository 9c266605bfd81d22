"""Settings have one home: each of ours is defined there and read elsewhere, and nobody else reads the environment."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Source

HOME = "settings.py"
OURS = re.compile(r"ECOM_[A-Z0-9_]+")
ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv"}


@pytest.fixture(scope="module")
def defined(sources: list[Source]) -> set[str]:
    (home,) = (source for source in sources if source.path == HOME)
    stored = [node.id for node in home.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {name for name in stored if OURS.fullmatch(name)}


@pytest.fixture(scope="module")
def named(sources: list[Source]) -> dict[str, str]:
    """Each of our settings that is named outside of its home, and a file that does so."""
    return {
        node.value: source.path
        for source in sources
        if source.path != HOME
        for node in source.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and OURS.fullmatch(node.value)
    }


def test_every_setting_of_ours_is_read(defined: set[str], named: dict[str, str]) -> None:
    assert "ECOM_DATA_DIR" in defined
    assert defined - set(named) == set()


def test_every_setting_of_ours_that_is_read_is_defined(defined: set[str], named: dict[str, str]) -> None:
    assert {name: file for name, file in named.items() if name not in defined} == {}


def test_only_settings_read_the_environment(sources: list[Source]) -> None:
    readers = {
        source.path
        for source in sources
        for node in source.nodes
        if (isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT)
        or (isinstance(node, ast.alias) and node.name in ENVIRONMENT)
    }

    assert readers == {HOME}

"""The repository's shape: few names at its top, and files that one can read in one go."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Source

TOP = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "data",
    "ecomscraper",
    "pyproject.toml",
    "scrapy.cfg",
    "tests",
}
MOST_LINES = 300
LONGER_WITH_A_REASON: dict[str, str] = {}
"""File → why it is one idea all the same."""


def test_the_top_holds_prescribed_names_only(root: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    top = {name.split("/")[0] for name in listed.split("\0") if name}

    assert "ecomscraper" in top
    assert {name for name in top if not name.startswith(".")} - TOP == set()


def test_no_file_is_too_long_to_read(sources: list[Source]) -> None:
    lines = {source.path: len(source.text.splitlines()) for source in sources}
    longer = {path: count for path, count in lines.items() if count > MOST_LINES}

    assert sorted(longer) == sorted(LONGER_WITH_A_REASON), longer

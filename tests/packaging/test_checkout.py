"""Building from a checkout leaves nothing that Git would see."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Checkout = Callable[[], Path]
Run = Callable[..., str]


def test_scrapyd_deploy_leaves_the_checkout_clean(checkout: Checkout, scrapyd_deploy: Path, run: Run) -> None:
    folder = checkout()

    run(scrapyd_deploy, "--build-egg", folder.parent / "left.egg", cwd=folder)

    assert {entry.name for entry in folder.iterdir()} >= {"setup.py", "build"}  # it does leave something
    assert run("git", "status", "--porcelain", cwd=folder) == ""


def test_wheel_leaves_the_checkout_clean(checkout: Checkout, run: Run, tmp_path: Path) -> None:
    folder = checkout()
    options = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)

    run(sys.executable, "-m", "pip", "wheel", *options, ".", cwd=folder)

    assert run("git", "status", "--porcelain", cwd=folder) == ""


def test_crawls_leave_the_checkout_clean(checkout: Checkout, new_python: Callable[[], Path], run: Run) -> None:
    folder = checkout()

    run(new_python(), "-m", "scrapy", "crawl", "ecommerce", "-O", "titles.json", cwd=folder)

    assert (folder / "data" / "ecomscraper.sqlite3").is_file()
    assert run("git", "status", "--porcelain", cwd=folder) == ""

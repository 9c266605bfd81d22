"""The shops that benchmarks crawl, and the environment in which they start processes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """For processes that are to use these sources, from whatever folder."""
    return {**os.environ, "PYTHONPATH": str(SOURCES), "SCRAPY_SETTINGS_MODULE": "ecomscraper.settings"}


@contextmanager
def shop_process(pages: int, *options: str, small: bool = True) -> Iterator[str]:
    """A demo shop of so many pages, of 9 kB or of 90, in a process of its own: the URL of its listing."""
    size = ["--small"] if small else []
    with _serving("-m", "scrapy", "demo", "--port", "0", "--products", str(16 * pages), *size, *options) as url:
        yield url


@contextmanager
def page_server(pages: int, *options: str) -> Iterator[str]:
    """A shop that costs its clients next to nothing, of so many pages of 117 kB: the URL of its listing."""
    with _serving(str(Path(__file__).with_name("page_server.py")), "--pages", str(pages), *options) as url:
        yield url


@contextmanager
def _serving(*command: str) -> Iterator[str]:
    """The URL that a Python program prints in its first line."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said is not None, f"it did not start: {' '.join(command)}"
        try:
            yield said[0]
        finally:
            process.terminate()

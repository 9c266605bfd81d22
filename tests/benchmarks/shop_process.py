"""The demo shop that benchmarks crawl, and the environment in which they start processes."""

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
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "demo",
        "--port",
        "0",
        "--products",
        str(16 * pages),
        *(["--small"] if small else []),
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said is not None, "the demo shop did not start"
        try:
            yield said[0]
        finally:
            process.terminate()

"""A real browser for reports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("chromium.py")
NEEDS = (
    "Qt's Chromium does not start. On Debian it needs: apt-get install -y libasound2 libdbus-1-3 libegl1 "
    "libfontconfig1 libgbm1 libgl1 libnss3 libxcb-dri3-0 libxcomposite1 libxdamage1 libxkbcommon0 libxkbfile1 "
    "libxrandr2 libxtst6"
)


@pytest.fixture
def browse() -> Callable[..., list[dict[str, Any]]]:
    """`browse([{"url": …, "width": 390, …}, …], "dark")` starts a Chromium; see `Visit` and `Seen` in its program."""

    def run(visits: Sequence[dict[str, Any]], scheme: str = "light") -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), scheme],
            input=json.dumps(list(visits)),
            capture_output=True,
            text=True,
            timeout=60 + 30 * len(visits),
            check=False,
        )
        assert done.returncode == 0, f"{NEEDS}\n{done.stderr[-3000:]}"
        seen: list[dict[str, Any]] = json.loads(done.stdout)
        return seen

    return run

"""Memory of a crawl does not grow with the number of its pages."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Run, Shop

pytestmark = pytest.mark.campaign

logger = logging.getLogger(__name__)  # pytest --log-cli-level=INFO shows the figures

_PEAK = re.compile(
    r"VmHWM:\s+(\d+) kB"
)  # resident memory at its highest, https://man7.org/linux/man-pages/man5/proc.5.html


def peak_bytes(run: Run) -> int:
    """The most memory that a crawl has taken, once it ended."""
    status = Path(f"/proc/{run.process.pid}/status")
    peak = 0
    while run.process.poll() is None:
        if seen := _PEAK.search(status.read_text(encoding="ascii")):
            peak = int(seen[1]) * 1024
        time.sleep(0.05)
    return peak


def test_100_000_pages_take_as_much_memory_as_10_000(
    demo_shop: Callable[..., Shop],
    start_crawl: Callable[..., Run],
    tmp_path: Path,
) -> None:
    peaks = []
    for pages in (10_000, 100_000):
        shop = demo_shop("--products", str(16 * pages), "--small")
        began = time.monotonic()

        run = start_crawl(shop, "-O", f"{pages}.jsonl")
        peaks.append(peak_bytes(run))

        shop.process.kill()
        assert run.end() == 0, run.log
        assert (
            f"complete: {pages} of {pages} pages stored; 0 failed; the shop says {16 * pages} products" in run.last_line
        )
        with (tmp_path / f"{pages}.jsonl").open("rb") as rows:
            assert sum(1 for _ in rows) == pages
        logger.info("%d pages: at most %.1f MB, %.0f s", pages, peaks[-1] / 1e6, time.monotonic() - began)
    few, many = peaks
    assert many < 200e6
    assert many <= 1.2 * few

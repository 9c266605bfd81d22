"""What a page costs in small and in large crawls: seconds, processor time and memory.

    python tests/benchmarks/scale.py [1000 10000 100000]

Each crawl is the command in a process of its own, with ledger, database and feed; the shop has another. What a crawl of
one page takes (median of three) is taken out. Ends with 1 where a page of the largest crawl takes more than 1.1 times
the processor time of one of the smallest, or where a crawl took more than 200 MB.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from shop_process import environment, shop_process

MOST_TIMES, MOST_BYTES = 1.1, 200e6


class Cost(NamedTuple):
    seconds: float
    processor_seconds: float
    peak_bytes: int


def crawl(start: str, pages: int, *options: str) -> Cost:
    """One crawl by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder, "titles.jsonl")
        limits = ("-a", "limits.concurrency=16", "-a", "limits.delay_seconds=0", "-a", "limits.throttle=fixed")
        arguments = ["ecommerce", "-a", f"start={start}", *limits, "-O", str(feed), "-L", "WARNING", *options]
        env = environment() | {"ECOM_DATA_DIR": folder, "ECOM_PROGRESS": "off"}
        began = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", "scrapy", "crawl", *arguments], env=env, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        assert process.returncode == 0, f"the crawl of {pages} pages ended with {process.returncode}"
        with feed.open("rb") as rows:
            assert sum(1 for _ in rows) == pages
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def measure(sizes: list[int]) -> int:
    with shop_process(sizes[0]) as start:
        starts = [crawl(start, 1, "-a", "pages=1") for _ in range(3)]
    begin = Cost(*(statistics.median(values) for values in zip(*starts, strict=True)))
    print(f"one page: {begin.seconds:.2f} s, {begin.processor_seconds:.2f} s of processor time", flush=True)
    costs = []
    for pages in sizes:
        with shop_process(pages) as start:
            cost = crawl(start, pages)
        each = 1000 * (cost.seconds - begin.seconds) / pages
        costs.append(1000 * (cost.processor_seconds - begin.processor_seconds) / pages)
        peak = cost.peak_bytes
        print(
            f"{pages:9,} pages: {each:.3f} ms each, {costs[-1]:.3f} of processor time, {peak / 1e6:.0f} MB", flush=True
        )
        if peak > MOST_BYTES:
            return 1
    times = costs[-1] / costs[0]
    print(f"a page of the largest takes {times:.2f} times the processor time of one of the smallest")
    return 0 if times <= MOST_TIMES else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    sys.exit(measure(sorted(parser.parse_args().pages)))

"""`scrapy crawl fetch` beside aiohttp with a semaphore of the same size, on 1,000 JSON endpoints of which 5 % fail.

    python tests/benchmarks/fetch_speed.py [--latency 0.05] [--workers 16] [--pairs 3]

Each answers after the latency. Pairs are interleaved, medians compared; fetch keeps ledger, database, ordered feed,
robots.txt, retries and limits. Ends with 1 where it takes more than 1.3 times as long.
"""

# ruff: noqa: T201  # a command prints
from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession
from shop_process import environment, shop_process

ENDPOINTS = 1000
AIM = 1.3
SECONDS = re.compile(r"; ([0-9.]+) s, [0-9.]+ pages/s")


async def with_aiohttp(urls: list[str], workers: int) -> float:
    """Seconds to have the JSON of all that answer 200."""
    semaphore = asyncio.Semaphore(workers)

    async def fetch(session: ClientSession, url: str) -> object:
        async with semaphore, session.get(url) as response:
            return await response.json() if response.status == 200 else None

    async with ClientSession() as session:
        began = time.perf_counter()
        await asyncio.gather(*(fetch(session, url) for url in urls))
        return time.perf_counter() - began


def with_fetch(urls: list[str], workers: int) -> float:
    """Seconds of the crawl, as it says itself; it ends with 3 and a row for each endpoint."""
    limits = (f"limits.concurrency={workers}", "limits.delay_seconds=0", "limits.throttle=fixed", "urls=urls.txt")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "urls.txt").write_text("\n".join(urls))
        command = [sys.executable, "-m", "scrapy", "crawl", "fetch", "-O", "answers.jsonl"]
        command += [word for limit in limits for word in ("-a", limit)]
        own = {"ECOM_DATA_DIR": folder}
        done = subprocess.run(
            command, cwd=folder, env=environment() | own, check=False, stderr=subprocess.PIPE, text=True
        )
        rows = [json.loads(line) for line in (Path(folder) / "answers.jsonl").read_text().splitlines()]
    assert done.returncode == 3, done.stderr
    assert [row["url"] for row in rows] == urls
    said = SECONDS.search(done.stderr)
    assert said is not None
    return float(said[1])


def compare(latency: float, workers: int, pairs: int) -> int:
    with shop_process(ENDPOINTS // 16 + 1, "--latency", str(latency), "--fault", "status=404@5%") as listing:
        origin = listing.removesuffix("/ecommerce/")
        urls = [f"{origin}/api/product/{number}" for number in range(1, ENDPOINTS + 1)]
        taken = [(asyncio.run(with_aiohttp(urls, workers)), with_fetch(urls, workers)) for _ in range(pairs)]
    aiohttp, fetch = (statistics.median(column) for column in zip(*taken, strict=True))
    print(
        f"{ENDPOINTS} endpoints, {workers} at once, {1000 * latency:g} ms each, medians of {pairs}: aiohttp "
        f"{aiohttp:.2f} s, fetch {fetch:.2f} s: {fetch / aiohttp:.2f} times as long, aim {AIM}"
    )
    return 0 if fetch <= AIM * aiohttp else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latency", type=float, default=0.05)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    sys.exit(compare(options.latency, options.workers, options.pairs))

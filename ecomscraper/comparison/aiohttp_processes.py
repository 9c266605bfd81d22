"""Asynchronous and parallel: a process for each processor, in each of them asyncio, aiohttp and a semaphore."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain

from aiohttp import ClientError, ClientSession, ClientTimeout

from ecomscraper.comparison.task import PARSERS, TIMEOUT_SECONDS, Found, Task, present


async def fetch_all(parser: str, workers: int, urls: list[str]) -> list[Found]:
    semaphore = asyncio.Semaphore(workers)

    async def fetch(session: ClientSession, url: str) -> Found:
        try:
            async with semaphore, session.get(url, raise_for_status=True) as response:
                return url, PARSERS[parser](await response.text())
        except (ClientError, TimeoutError):
            return url, None

    async with ClientSession(timeout=ClientTimeout(TIMEOUT_SECONDS)) as session:
        return await asyncio.gather(*(fetch(session, url) for url in urls))


def work(parser: str, workers: int, urls: list[str]) -> list[Found]:
    return asyncio.run(fetch_all(parser, workers, urls))


def crawl(task: Task) -> list[Found]:
    processes = os.cpu_count() or 1
    size = -(-len(task.urls) // processes)
    parts = [task.urls[start : start + size] for start in range(0, len(task.urls), size)]
    with ProcessPoolExecutor(processes) as pool:
        return list(chain(*pool.map(partial(work, task.parser, -(-task.workers // processes)), parts)))


if __name__ == "__main__":
    present(crawl)

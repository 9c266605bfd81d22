"""asyncio, aiohttp and a semaphore, on uvloop."""

from __future__ import annotations

import asyncio

import uvloop
from aiohttp import ClientError, ClientSession, ClientTimeout

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    semaphore = asyncio.Semaphore(task.workers)

    async def fetch(session: ClientSession, url: str) -> Found:
        try:
            async with semaphore, session.get(url, raise_for_status=True) as response:
                return url, task.title_of(await response.text())
        except (ClientError, TimeoutError):
            return url, None

    async def main() -> list[Found]:
        async with ClientSession(timeout=ClientTimeout(TIMEOUT_SECONDS)) as session:
            return await asyncio.gather(*(fetch(session, url) for url in task.urls))

    return uvloop.run(main())


if __name__ == "__main__":
    present(crawl)

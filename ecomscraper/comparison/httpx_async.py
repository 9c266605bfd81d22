"""asyncio, httpx and a semaphore."""

from __future__ import annotations

import asyncio

import httpx

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    semaphore = asyncio.Semaphore(task.workers)

    async def fetch(client: httpx.AsyncClient, url: str) -> Found:
        try:
            async with semaphore:
                response = await client.get(url)
            return url, task.title_of(response.raise_for_status().text)
        except httpx.HTTPError:
            return url, None

    async def main() -> list[Found]:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
            return await asyncio.gather(*(fetch(client, url) for url in task.urls))

    return asyncio.run(main())


if __name__ == "__main__":
    present(crawl)

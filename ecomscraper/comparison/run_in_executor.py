"""asyncio around requests: `run_in_executor` and `gather`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import requests

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    def fetch(url: str) -> Found:
        try:
            response = requests.get(url, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            return url, task.title_of(response.text)
        except requests.RequestException:
            return url, None

    async def main() -> list[Found]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(task.workers) as pool:
            return await asyncio.gather(*(loop.run_in_executor(pool, fetch, url) for url in task.urls))

    return asyncio.run(main())


if __name__ == "__main__":
    present(crawl)

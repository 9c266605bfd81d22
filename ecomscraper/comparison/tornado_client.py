"""Tornado's own HTTP client."""

from __future__ import annotations

import asyncio

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    async def fetch(client: AsyncHTTPClient, url: str) -> Found:
        try:
            # Pages wait for a free connection, and the time-out counts from here.
            response = await client.fetch(url, connect_timeout=0, request_timeout=TIMEOUT_SECONDS)
            return url, task.title_of(response.body.decode())
        except (HTTPClientError, OSError):
            return url, None

    async def main() -> list[Found]:
        client = AsyncHTTPClient(max_clients=task.workers)
        return await asyncio.gather(*(fetch(client, url) for url in task.urls))

    return asyncio.run(main())


if __name__ == "__main__":
    present(crawl)

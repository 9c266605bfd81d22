"""Twisted: treq, and a semaphore of Deferreds."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import treq
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.internet.error import ConnectError
from twisted.internet.task import react
from twisted.web.client import ResponseFailed

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    found: list[Found] = []

    async def fetch(url: str) -> Found:
        try:
            response = await treq.get(url, timeout=TIMEOUT_SECONDS)
            html = await response.text()
            return url, task.title_of(html) if response.code < 400 else None
        except (ConnectError, ResponseFailed):
            return url, None

    async def main(_reactor: Any) -> None:
        semaphore = DeferredSemaphore(task.workers)
        pages = [semaphore.run(fetch, url) for url in task.urls]
        found.extend(await gatherResults(pages))

    with suppress(SystemExit):  # react ends the program
        react(lambda reactor: Deferred.fromCoroutine(main(reactor)))
    return found


if __name__ == "__main__":
    present(crawl)

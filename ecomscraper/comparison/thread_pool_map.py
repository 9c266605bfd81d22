"""`ThreadPoolExecutor` and `map`, which keeps the order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import requests

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> Iterator[Found]:
    def fetch(url: str) -> Found:
        try:
            response = requests.get(url, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            return url, task.title_of(response.text)
        except requests.RequestException:
            return url, None

    with ThreadPoolExecutor(task.workers) as pool:
        yield from pool.map(fetch, task.urls)


if __name__ == "__main__":
    present(crawl)

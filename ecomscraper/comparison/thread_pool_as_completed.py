"""`ThreadPoolExecutor` and `as_completed`: whichever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import requests

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> Iterator[Found]:
    def fetch(url: str) -> str:
        response = requests.get(url, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return task.title_of(response.text)

    with ThreadPoolExecutor(task.workers) as pool:
        url_of = {pool.submit(fetch, url): url for url in task.urls}
        for future in as_completed(url_of):
            try:
                yield url_of[future], future.result()
            except requests.RequestException:
                yield url_of[future], None


if __name__ == "__main__":
    present(crawl)

"""`ThreadPoolExecutor` and one `requests.Session` with urllib3's `Retry`: connections and second chances."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from ecomscraper.comparison.task import TIMEOUT_SECONDS, TRIES, Found, Task, present


def crawl(task: Task) -> Iterator[Found]:
    retry = Retry(total=TRIES, backoff_factor=0.1, status_forcelist=[429, 500, 502, 503, 504])
    adapter = HTTPAdapter(pool_maxsize=task.workers, max_retries=retry)

    def fetch(url: str) -> Found:
        try:
            response = session.get(url, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            return url, task.title_of(response.text)
        except requests.RequestException:
            return url, None

    with requests.Session() as session, ThreadPoolExecutor(task.workers) as pool:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        yield from pool.map(fetch, task.urls)


if __name__ == "__main__":
    present(crawl)

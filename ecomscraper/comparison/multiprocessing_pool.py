"""`multiprocessing.Pool` and `map`: a process for each worker."""

from __future__ import annotations

from functools import partial
from multiprocessing import Pool

import requests

from ecomscraper.comparison.task import PARSERS, TIMEOUT_SECONDS, Found, Task, present


def fetch(parser: str, url: str) -> Found:
    try:
        response = requests.get(url, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return url, PARSERS[parser](response.text)
    except requests.RequestException:
        return url, None


def crawl(task: Task) -> list[Found]:
    with Pool(task.workers) as pool:
        return pool.map(partial(fetch, task.parser), task.urls)


if __name__ == "__main__":
    present(crawl)

"""`ProcessPoolExecutor` and `map`."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import requests

from ecomscraper.comparison.task import PARSERS, TIMEOUT_SECONDS, Found, Task, present


def fetch(parser: str, url: str) -> Found:
    try:
        response = requests.get(url, timeout=TIMEOUT_SECONDS)
        response.raise_for_status()
        return url, PARSERS[parser](response.text)
    except requests.RequestException:
        return url, None


def crawl(task: Task) -> Iterator[Found]:
    with ProcessPoolExecutor(task.workers) as pool:
        yield from pool.map(partial(fetch, task.parser), task.urls)


if __name__ == "__main__":
    present(crawl)

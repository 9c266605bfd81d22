"""One page after the other, with requests: the first script that everybody writes."""

from __future__ import annotations

from collections.abc import Iterator

import requests

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> Iterator[Found]:
    for url in task.urls:
        try:
            response = requests.get(url, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            yield url, task.title_of(response.text)
        except requests.RequestException:
            yield url, None


if __name__ == "__main__":
    present(crawl)

"""gevent: requests, made to wait without a thread."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import requests  # noqa: E402
from gevent.pool import Pool  # noqa: E402  # after the patch, as gevent asks for

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present  # noqa: E402


def crawl(task: Task) -> list[Found]:
    def fetch(url: str) -> Found:
        try:
            response = requests.get(url, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            return url, task.title_of(response.text)
        except requests.RequestException:
            return url, None

    found: list[Found] = Pool(task.workers).map(fetch, task.urls)
    return found


if __name__ == "__main__":
    present(crawl)

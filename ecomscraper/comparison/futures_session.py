"""requests-futures: requests whose answers come later."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import as_completed

import requests
from requests_futures.sessions import FuturesSession

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> Iterator[Found]:
    with FuturesSession(max_workers=task.workers) as session:
        url_of = {session.get(url, timeout=TIMEOUT_SECONDS): url for url in task.urls}
        for future in as_completed(url_of):
            try:
                response = future.result()
                response.raise_for_status()
                yield url_of[future], task.title_of(response.text)
            except requests.RequestException:
                yield url_of[future], None


if __name__ == "__main__":
    present(crawl)

"""A thread for each page."""

from __future__ import annotations

from threading import Thread

import requests

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    found: list[Found] = []

    def fetch(url: str) -> None:
        try:
            response = requests.get(url, timeout=TIMEOUT_SECONDS)
            response.raise_for_status()
            found.append((url, task.title_of(response.text)))
        except requests.RequestException:
            found.append((url, None))

    threads = [Thread(target=fetch, args=(url,)) for url in task.urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


if __name__ == "__main__":
    present(crawl)

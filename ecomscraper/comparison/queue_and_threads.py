"""A queue of pages, and threads that work it off."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread

import requests

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> list[Found]:
    queue: SimpleQueue[str] = SimpleQueue()
    for url in task.urls:
        queue.put(url)
    found: list[Found] = []

    def work() -> None:
        while True:
            try:
                url = queue.get_nowait()
            except Empty:
                return
            try:
                response = requests.get(url, timeout=TIMEOUT_SECONDS)
                response.raise_for_status()
                found.append((url, task.title_of(response.text)))
            except requests.RequestException:
                found.append((url, None))

    threads = [Thread(target=work) for _ in range(task.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


if __name__ == "__main__":
    present(crawl)

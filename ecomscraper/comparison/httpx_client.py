"""One page after the other, with httpx and one connection."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from ecomscraper.comparison.task import TIMEOUT_SECONDS, Found, Task, present


def crawl(task: Task) -> Iterator[Found]:
    with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True) as client:
        for url in task.urls:
            try:
                response = client.get(url).raise_for_status()
                yield url, task.title_of(response.text)
            except httpx.HTTPError:
                yield url, None


if __name__ == "__main__":
    present(crawl)

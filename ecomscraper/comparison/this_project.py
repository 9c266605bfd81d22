"""This project: one command, with ledger, database, ordered feed, robots.txt, retries and kept limits."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from scrapy.cmdline import execute

import ecomscraper.spiders.ecommerce  # noqa: F401  # libraries are imported before the clock starts
from ecomscraper.comparison.task import Found, Task, present

HERE = ("-s", "ECOM_DATA_DIR=data", "-s", "ECOM_DATABASE_URL=")  # and not among somebody's crawls


def crawl(task: Task) -> list[Found]:
    limits = (f"limits.concurrency={task.workers}", "limits.delay_seconds=0", "limits.throttle=fixed")
    arguments = [word for argument in (f"urls={task.file}", *limits) for word in ("-a", argument)]
    with suppress(SystemExit):  # with the exit code
        execute(["scrapy", "crawl", "ecommerce", *arguments, "-O", "titles.json", "-L", "ERROR", *HERE])
    return [(row["url"], row["title"]) for row in json.loads(Path("titles.json").read_text(encoding="utf-8"))]


if __name__ == "__main__":
    present(crawl)

"""Which tests run, and whole crawls, in this process and in others, with everything they write below `tmp_path`."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.settings import Settings
from scrapy.utils.defer import deferred_from_coro
from sqlalchemy import Engine, Row, select

import ecomscraper
from ecomscraper.demo.counts import Counts
from ecomscraper.demo.middleware import DemoShopMiddleware
from ecomscraper.items import Title
from ecomscraper.ledger.database import open_database
from ecomscraper.ledger.opening import database_url
from ecomscraper.ledger.tables import pages, titles
from ecomscraper.spiders.ecommerce import EcommerceSpider
from ecomscraper.verdict.extension import VerdictExtension
from ecomscraper.verdict.verdict import Verdict

SOURCES = Path(ecomscraper.__file__).parents[1]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A campaign runs where `-m` names campaigns, or its test is named itself; `-m "not slow"` does not name them."""
    if "campaign" in config.option.markexpr or any("::" in argument for argument in config.args):
        return
    chosen = [item for item in items if item.get_closest_marker("campaign") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


@pytest.fixture(scope="session")
def on_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """`on_loop(coroutine)` runs it on an asyncio loop of another thread and gives its result, within a minute.

    For what needs asyncio and no Twisted: pytest-twisted has the reactor run around every test of this thread.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="asyncio-of-tests")
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@dataclass
class Crawled:
    """What a crawl came to."""

    crawler: Crawler
    verdict: Verdict
    database: Engine  # opened anew after the crawl's end

    @property
    def crawl_id(self) -> int:
        return self.verdict.facts.crawl_id

    def rows(self) -> list[Title]:
        """The titles in the database, in page order."""
        names = [column for column in titles.c if column.name not in ("crawl_id", "position")]
        query = select(*names).where(titles.c.crawl_id == self.crawl_id).order_by(titles.c.position)
        with self.database.connect() as connection:
            return [Title(*row) for row in connection.execute(query)]

    def pages(self) -> list[Row[Any]]:
        """The pages of the ledger, in order, with all their columns."""
        query = select(pages).where(pages.c.crawl_id == self.crawl_id).order_by(pages.c.position)
        with self.database.connect() as connection:
            return list(connection.execute(query))

    def counts(self) -> Counts:
        """What the embedded demo shop was asked."""
        middleware = self.crawler.get_downloader_middleware(DemoShopMiddleware)
        assert middleware is not None
        return middleware.shop.counts


CrawlFixture = Callable[..., Awaitable[Crawled]]


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[CrawlFixture]:
    """`await crawl(spider, settings, **arguments)`: one whole crawl in this process.

    It crawls the embedded demo shop where `arguments` name no other. `spider` is a class, `settings` go over the
    project's as `-s` would, `arguments` are those of `-a` (dotted ones by `**{"limits.concurrency": "4"}`).
    The database is in tmp_path/data, where it stays for the next crawl of the same test.
    Raises what the crawl raises before it starts. Use it in tests marked `@pytest_twisted.ensureDeferred`.
    """
    opened: list[Engine] = []

    async def crawl_it(
        spider: type[Spider] = EcommerceSpider, settings: dict[str, Any] | None = None, **arguments: Any
    ) -> Crawled:
        all_settings = Settings()
        all_settings.setmodule("ecomscraper.settings", priority="project")
        own = {"ECOM_DATA_DIR": str(tmp_path / "data"), "ECOM_DATABASE_URL": "", "ECOM_SITES_DIR": ""}
        all_settings.update(own | (settings or {}), priority="cmdline")
        runner = AsyncCrawlerRunner(all_settings)
        crawler = runner.create_crawler(spider)
        await deferred_from_coro(runner.crawl(crawler, **arguments))
        extension = crawler.get_extension(VerdictExtension)
        assert extension is not None
        assert extension.verdict is not None
        opened.append(open_database(database_url(crawler.settings)))
        return Crawled(crawler, extension.verdict, opened[-1])

    yield crawl_it
    for engine in opened:
        engine.dispose()


StartFixture = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start_scrapy(tmp_path: Path) -> Iterator[StartFixture]:
    """`start_scrapy(*args, cwd=…, env=…)` starts `scrapy …` in a process of its own, killed at the test's end.

    It runs in tmp_path with this interpreter, these sources and ECOM_DATA_DIR = tmp_path/data; `env` adds to it.
    stdout and stderr are pipes of text.
    """
    started: list[subprocess.Popen[str]] = []

    def start(
        *args: str, cwd: Path | None = None, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ECOM_", "SCRAPY_"))}
        own = {
            "PYTHONPATH": str(SOURCES),
            "SCRAPY_SETTINGS_MODULE": "ecomscraper.settings",
            "ECOM_DATA_DIR": str(tmp_path / "data"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "scrapy", *args],
            cwd=cwd or tmp_path,
            env=inherited | own | (env or {}),
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def run_scrapy(start_scrapy: StartFixture) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`run_scrapy(*args, cwd=…, env=…, timeout=60)` runs `scrapy …` to its end; see `start_scrapy`."""

    def run(*args: str, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
        process = start_scrapy(*args, **options)
        stdout, stderr = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    return run

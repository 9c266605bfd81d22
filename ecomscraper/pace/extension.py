"""Watches our own machine once a second, and has the feeder slow down before it gives way."""

from __future__ import annotations

import logging
import os
import resource
import time
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call
from twisted.internet.task import LoopingCall

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.of_crawler import ledgers_crawl
from ecomscraper.pace.own_machine import MachineLimits, MachineReading, Window

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 1.0
OTHER_FILES = 64  # open besides connections: database, logs, feeds, locks, libraries
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class OwnMachineExtension:
    """Sets the feeder's window. Raises ConfigurationError where the system allows too few open files."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        check_files(crawler.settings)
        self._crawler = crawler
        self._feeder = crawl.feeder
        self._window = Window(crawl.feeder.window, machine_limits(crawler.settings))
        self._loop: AsyncioLoopingCall | LoopingCall | None = None
        self._expected = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> OwnMachineExtension:
        crawl = ledgers_crawl(crawler)
        extension = cls(crawler, crawl)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def engine_started(self) -> None:
        self._expected = time.monotonic() + INTERVAL_SECONDS
        self._loop = create_looping_call(self._look)
        self._loop.start(INTERVAL_SECONDS, now=False)

    def engine_stopped(self) -> None:
        if self._loop is not None:
            self._loop.stop()

    def _look(self) -> None:
        now = time.monotonic()
        change = self._window.judge(
            MachineReading(
                memory_bytes=_memory_bytes(),
                lag_seconds=max(0.0, now - self._expected),
                open_files=_open_files(),
                most_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            )
        )
        self._expected = now + INTERVAL_SECONDS
        if change:
            logger.info("%s", change)
            self._crawler.stats.inc_value("ecom/pace/window_changes")
            self._feeder.window = self._window.size
            self._feeder.wake()


def machine_limits(settings: BaseSettings) -> MachineLimits:
    """The thresholds that the settings name."""
    return MachineLimits(
        memory_bytes=settings.getint("ECOM_MACHINE_MEMORY_BYTES"),
        lag_seconds=settings.getfloat("ECOM_MACHINE_LAG_SECONDS"),
        files_share=settings.getfloat("ECOM_MACHINE_FILES_SHARE"),
    )


def check_files(settings: BaseSettings) -> None:
    """Allow as many open files as a crawl with these settings needs; ConfigurationError where that cannot be."""
    allow_files(settings.getint("CONCURRENT_REQUESTS") + OTHER_FILES)


def allow_files(needed: int) -> None:
    """Raise this process's limit of open files to `needed`; ConfigurationError where the system's is lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise ConfigurationError(
            f"CONCURRENT_REQUESTS needs {needed} open files, the system allows {hard}: "
            f"lower it, or raise the limit (ulimit -n {needed})"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _memory_bytes() -> int | None:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
    except (OSError, IndexError):  # not Linux
        return None


def _open_files() -> int | None:
    try:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())
    except OSError:
        return None

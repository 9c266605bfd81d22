"""Puts the parts in place that Scrapy has no setting for."""

from __future__ import annotations

import gc
import logging
from collections import deque
from typing import Any, Self

from scrapy import signals
from scrapy.core.scheduler import Scheduler
from scrapy.core.scraper import Scraper
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.signalmanager import SignalManager
from scrapy.statscollectors import MemoryStatsCollector

from ecomscraper.engine.engine import carry_pages
from ecomscraper.engine.heard import HeardSignals
from ecomscraper.engine.middlewares import call_quickly
from ecomscraper.engine.scheduler import PageScheduler
from ecomscraper.engine.scraper import PageScraper, lets_bundles_pass
from ecomscraper.engine.stats import QuickStats
from ecomscraper.ledger.of_crawler import ledgers_crawl

# A record of each page and each item, which Scrapy's handler throws away unless LOG_LEVEL is DEBUG.
_TALKATIVE = (logging.getLogger("scrapy.core.engine"), logging.getLogger("scrapy.core.scraper"))


class EngineExtension:
    """For crawls with a ledger, unless ECOM_ENGINE is `scrapy`. What is not Scrapy's own stays as it is."""

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings["ECOM_ENGINE"] == "scrapy":
            raise NotConfigured  # of a reason Scrapy would warn in each crawl
        ledgers_crawl(crawler)
        self._crawler = crawler
        self._quieted: list[logging.Logger] = []
        crawler.signals.connect(self.engine_started, signals.engine_started)
        crawler.signals.connect(self.engine_stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def engine_started(self) -> None:
        engine = self._crawler.engine
        if type(engine.scraper) is Scraper and lets_bundles_pass(engine.scraper.spidermw):
            engine.scraper.__class__ = PageScraper
        call_quickly(engine.downloader.middleware)
        if type(self._crawler.stats) is MemoryStatsCollector:
            self._crawler.stats.__class__ = QuickStats
        if type(engine.signals) is SignalManager:
            engine.signals.__class__ = HeardSignals
        if type(engine.scheduler) is Scheduler and engine.scheduler.dqs is None:
            pages: Any = engine.scheduler
            pages.__class__ = PageScheduler
            pages.pages = deque()
        carry_pages(engine)
        self._quieted = [logger for logger in _TALKATIVE if logger.level == logging.NOTSET]
        for logger in self._quieted:
            logger.setLevel(self._crawler.settings["LOG_LEVEL"])
        gc.freeze()  # all modules and classes: to look through them takes the collector 0.07 s each time

    def engine_stopped(self) -> None:
        gc.unfreeze()
        for logger in self._quieted:
            logger.setLevel(logging.NOTSET)

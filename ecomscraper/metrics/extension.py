"""Serves a crawl's metrics to Prometheus, on loopback while the crawl runs."""

from __future__ import annotations

import logging
import socket
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.defer import _schedule_coro, maybe_deferred_to_future
from sqlalchemy.exc import DBAPIError
from twisted.internet.error import CannotListenError
from twisted.web.resource import Resource
from twisted.web.server import Site

from ecomscraper.exceptions import ConfigurationError, EcomscraperError
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.of_crawler import ledgers_crawl
from ecomscraper.metrics.classes import LATENCY_SECONDS, Classes
from ecomscraper.progress.pace_now import pace_now

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from twisted.web.http import Request as WebRequest

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"  # whoever is to see them from elsewhere asks a Prometheus on this machine
PATH = b"metrics"


class MetricsExtension:
    """`address` is the URL of the metrics, or None where they are not served."""

    def __init__(self, crawler: Crawler, crawl: Crawl) -> None:
        port = metrics_port(crawler.settings)
        if port is None:
            raise NotConfigured  # ECOM_METRICS_PORT is empty; of a reason Scrapy would warn in each crawl
        self.address: str | None = None
        self._crawler = crawler
        self._crawl = crawl
        self._port = port
        self._latency = Classes(LATENCY_SECONDS)
        self._listening: Any = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MetricsExtension:
        crawl = ledgers_crawl(crawler)
        extension = cls(crawler, crawl)
        crawler.signals.connect(extension.engine_started, signals.engine_started)
        crawler.signals.connect(extension.response_downloaded, signals.response_downloaded)
        crawler.signals.connect(extension.engine_stopped, signals.engine_stopped)
        return extension

    def engine_started(self) -> None:
        _schedule_coro(self._count())
        from twisted.internet import reactor

        listening_reactor: Any = reactor
        try:
            self._listening = listening_reactor.listenTCP(self._port, self._site(), interface=LOOPBACK)
        except CannotListenError as error:  # it was free a moment ago
            logger.warning("Metrics are not served: %s", error)
            return
        self.address = f"http://{LOOPBACK}:{self._listening.getHost().port}/{PATH.decode()}"
        logger.info("Metrics are at %s", self.address)

    def response_downloaded(self, response: Response, request: Request) -> None:
        latency = request.meta.get("download_latency")
        if latency is not None:
            self._latency.add(latency)

    async def engine_stopped(self) -> None:
        if self._listening is not None:
            await maybe_deferred_to_future(self._listening.stopListening())

    def _site(self) -> Any:
        from ecomscraper.metrics.families import CrawlCollector, registry_of

        collector = CrawlCollector(
            site=self._crawl.profile.name,
            crawl_id=self._crawl.ledger.crawl_id,
            started_at=time.time(),
            tally=lambda: self._crawl.ledger.tally,
            pace=lambda: pace_now(self._crawler, self._crawl),
            latency=self._latency,
        )
        root: Any = Resource()  # type: ignore[no-untyped-call]
        root.putChild(PATH, _Exposition(registry_of(collector)))
        return Site(root)  # type: ignore[no-untyped-call]

    async def _count(self) -> None:
        try:
            await self._crawl.ledger.count()
        except (DBAPIError, EcomscraperError) as error:
            logger.warning("Metrics of pages cannot be told: %s", error)


class _Exposition(Resource):
    """On the reactor, like all that it tells of."""

    isLeaf = True

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._registry = registry

    def render_GET(self, request: WebRequest) -> bytes:
        from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

        request.setHeader(b"Content-Type", CONTENT_TYPE_PLAIN_0_0_4.encode())  # type: ignore[no-untyped-call]
        return generate_latest(self._registry)


def metrics_port(settings: BaseSettings) -> int | None:
    """ECOM_METRICS_PORT; None where it is empty. Raises ConfigurationError for what is no port."""
    given = str(settings["ECOM_METRICS_PORT"])
    if not given:
        return None
    if not given.isdecimal() or int(given) > 65535:
        raise ConfigurationError(f"ECOM_METRICS_PORT = {given!r}, must be a port, which is 0 to 65535")
    return int(given)


def check_metrics(settings: BaseSettings) -> None:
    """Raises ConfigurationError where metrics are wanted and cannot be served."""
    port = metrics_port(settings)
    if port is None:
        return
    if find_spec("prometheus_client") is None:
        raise ConfigurationError("ECOM_METRICS_PORT needs prometheus-client: pip install 'ecomscraper[metrics]'")
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Twisted does: a crawl that just ended
        try:
            trial.bind((LOOPBACK, port))
        except OSError as error:
            raise ConfigurationError(
                f"ECOM_METRICS_PORT = {port}, cannot be used: {error.strerror}; each crawl needs a port of its own"
            ) from error

"""The metrics of one crawl. Labels are the site and the reason: few, and never a URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from ecomscraper.ledger.tally import BODY_BYTES, Tally
from ecomscraper.metrics.classes import Classes, cumulative
from ecomscraper.progress.snapshot import PaceNow


class CrawlCollector:
    """Asked by Prometheus's library for each scrape. `tally()` is None until the ledger was counted."""

    def __init__(
        self,
        *,
        site: str,
        crawl_id: int,
        started_at: float,
        tally: Callable[[], Tally | None],
        pace: Callable[[], PaceNow],
        latency: Classes,
    ) -> None:
        self._site = site
        self._crawl_id = crawl_id
        self._started_at = started_at  # seconds since 1970
        self._tally = tally
        self._pace = pace
        self._latency = latency

    def collect(self) -> Iterator[Metric]:
        """In the order in which one who reads them asks: is it complete, what failed, why no faster."""
        tally = self._tally()
        if tally is not None:
            yield from self._of_pages(tally)
        yield from self._of_pace(self._pace())
        yield self._gauge("crawl_number", "Number of the crawl in its database", self._crawl_id)
        yield self._gauge("start_timestamp_seconds", "When this run began, since 1970", self._started_at)
        latency = HistogramMetricFamily(
            "ecom_answer_latency_seconds", "From the request to the answer's headers", labels=["site"]
        )
        latency.add_metric([self._site], self._latency.buckets(), self._latency.sum)
        yield latency
        if tally is not None:
            yield from self._of_answers(tally)

    def _of_pages(self, tally: Tally) -> Iterator[Metric]:
        yield self._gauge("known_pages", "Pages of the crawl that are known so far", tally.asked)
        yield self._gauge("pending_pages", "Pages that are neither stored nor failed", tally.asked - tally.settled)
        yield self._counter("stored_pages", "Pages stored", tally.stored)
        failed = CounterMetricFamily("ecom_failed_pages", "Pages failed, by reason", labels=["site", "reason"])
        for reason, count in tally.failures.items():
            failed.add_metric([self._site, reason], count)
        yield failed
        yield self._counter("retried_tries", "Tries that failed and were, or are to be, repeated", tally.retried)
        yield self._counter("refused_tries", "Tries that the shop refused", tally.refused)

    def _of_answers(self, tally: Tally) -> Iterator[Metric]:
        yield self._counter("item_rows", "Rows that the stored pages gave", tally.items)
        yield self._counter("invalid_items", "Items that did not validate and were left out", tally.invalid)
        bodies = HistogramMetricFamily("ecom_answer_body_bytes", "Decoded bodies of settled pages", labels=["site"])
        bodies.add_metric([self._site], cumulative(BODY_BYTES, tally.bodies), tally.body_bytes)
        yield bodies

    def _of_pace(self, pace: PaceNow) -> Iterator[Metric]:
        yield self._gauge("in_flight_requests", "Requests in flight", pace.in_flight)
        yield self._gauge("concurrency_requests", "Requests that may be in flight at once", pace.most)
        yield self._gauge("rest_seconds", "Until the next request may be sent", pace.rest_seconds)

    def _gauge(self, name: str, meaning: str, value: float) -> Metric:
        family = GaugeMetricFamily(f"ecom_{name}", meaning, labels=["site"])
        family.add_metric([self._site], value)
        return family

    def _counter(self, name: str, meaning: str, value: float) -> Metric:
        family = CounterMetricFamily(f"ecom_{name}", meaning, labels=["site"])
        family.add_metric([self._site], value)
        return family


def registry_of(collector: CrawlCollector) -> CollectorRegistry:
    """What is served: the crawl's metrics, and memory and processor time of this process."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    return registry

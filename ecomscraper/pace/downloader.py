"""Sends a request when its site's pace allows it: holds, spacing and breaker, on top of Scrapy's slots."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from functools import cached_property
from http import HTTPStatus
from math import inf
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.asyncio import call_later
from scrapy.utils.defer import _schedule_coro
from twisted.internet.defer import Deferred

from ecomscraper.engine.downloader import OneTaskDownloader
from ecomscraper.ledger.ledger import PendingPage
from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.pace.breaker import Closed, GivenUp, Opened
from ecomscraper.pace.egress import egress_of
from ecomscraper.pace.outcomes import RetryLater, SiteGivenUp
from ecomscraper.pace.pace_settings import distances, pace_limits, with_wishes
from ecomscraper.pace.retry_after import asking_headers
from ecomscraper.pace.shares import Share
from ecomscraper.pace.site_pace import AskedToWait, Event, SitePace
from ecomscraper.pace.throttle import Ending, ThrottleLimits
from ecomscraper.pace.throttle_record import ThrottleRecord
from ecomscraper.pace.throttle_settings import throttles_of
from ecomscraper.pace.throttles import ending_of
from ecomscraper.proxies.middleware import ProxyMiddleware, list_changed, proxies_of
from ecomscraper.proxies.outcomes import NoProxyLeft, ProxyFailed
from ecomscraper.robots.middleware import robots_read
from ecomscraper.robots.rules import RobotsTxt
from ecomscraper.verdict.failures import reason_of
from ecomscraper.workers.worker import Worker

logger = logging.getLogger(__name__)

DECIDED_HERE = ("too_large", "forbidden_address", "offsite")  # we broke it off
SENT_AT = "ecom_sent_at"  # request meta: seconds of the monotonic clock
BESIDE = "ecom_beside"  # request meta: how many were under way with it when it was sent


class Downloader(OneTaskDownloader):
    """One pace for each slot, that is for each host; it outlives the slot, which Scrapy forgets when it is idle.

    `throttles` are None where the crawl has another throttle than ours.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._limits = pace_limits(crawler.settings)
        self._distances = distances(crawler.settings)
        self._paces: dict[str, SitePace] = {}
        self._keys: dict[Slot, str] = {}
        self.throttles = throttles_of(crawler)
        self._worker: Worker | None = crawl.worker if (crawl := crawl_of(crawler)) is not None else None
        self._stretch = 1.0  # of distances, see `take_share`
        # Scrapy frees the seat, and fills it, before a failure comes out of `_download`: that would be too late.
        self._handlers_download = self.handlers.download_request_async
        self.handlers.download_request_async = self._watched_download  # type: ignore[method-assign]
        crawler.signals.connect(self._response_downloaded, signals.response_downloaded)
        crawler.signals.connect(self._robots_read, robots_read)
        crawler.signals.connect(self._list_changed, list_changed)

    def pace(self, key: str) -> SitePace:
        """The pace of a slot, made when it is first asked for."""
        if key not in self._paces:
            self._paces[key] = SitePace(
                self._limits, self._distances, clock=time.monotonic, wall=time.time, rng=random.Random()
            )
            self._paces[key].spacing.stretch = self._stretch
        return self._paces[key]

    def take_share(self, share: Share) -> None:
        """This process is one of several workers: it keeps to its part of each site's limits."""
        self._stretch = share.stretch
        for pace in self._paces.values():
            pace.spacing.stretch = share.stretch
        if self.throttles is not None and share.seats:
            self.throttles.limit(share.seats)
        for host, slot in list(self.slots.items()):
            self._look_again(host)
            self._process_queue(slot)

    def _seats(self, slot: Slot) -> int:
        """How many requests to a host may be under way."""
        return slot.concurrency if self._worker is None else min(slot.concurrency, self._worker.seats(time.monotonic()))

    def _get_slot(self, request: Request, spider: Any = None) -> tuple[str, Slot]:
        key, slot = super()._get_slot(request)
        self._keys[slot] = key
        return key, slot

    def _slot_gc(self, age: float = 60) -> None:
        super()._slot_gc(age)
        self._keys = {slot: key for slot, key in self._keys.items() if self.slots.get(key) is slot}

    def _process_queue(self, slot: Slot) -> None:
        """Scrapy's, asking pace and throttle before each request."""
        pace = self.pace(self._keys[slot])
        while slot.queue and not slot.latercall and self._seats(slot) > len(slot.transferring):
            now = time.monotonic()
            wait = max(slot.lastseen + slot.download_delay() * self._stretch - now, pace.wait_seconds())
            if wait == inf:
                _drop(slot.queue, SiteGivenUp(f"{self._keys[slot]} does not answer any more"))
            elif wait > 0:
                slot.latercall = call_later(wait, self._latercall, slot)
            else:
                request, turn = slot.queue[0]
                if (refusal := self._refusal(request, pace)) is not None:
                    slot.queue.popleft()
                    turn.errback(refusal)
                    continue
                if not self._may_go(request, slot):
                    return
                slot.lastseen = now
                request.meta[SENT_AT] = sent_at = pace.sent(is_retry=bool(request.meta.get("retry_times")))
                if (record := self._throttle_of(request, slot, _proxy_of(request))) is not None:
                    request.meta[BESIDE] = record.sent(sent_at)
                self._give_turn(slot)

    @cached_property
    def _proxies(self) -> ProxyMiddleware | None:
        return proxies_of(self.crawler)

    def _list_changed(self) -> None:
        for host in list(self.slots):
            self._look_again(host)

    def _may_go(self, request: Request, slot: Slot) -> bool:
        """Whether the request may go now, directly or by the proxy that it is given here; if not, the queue waits."""
        waits: list[float] = []

        def is_open(proxy: str | None) -> bool:
            waits.append(self._throttle_wait(request, slot, proxy))
            return waits[-1] <= 0

        if self._proxies is None:
            if is_open(_proxy_of(request)):
                return True
        else:
            host = self._keys[slot]
            if self._proxies.take(request, host, is_open):
                return True
            waits.append(self._proxies.wait_seconds(host))
            if waits[-1] == inf:
                logger.warning("%s: no proxy is left that serves", host)
                self._end_if_alone(host, "no_proxies")
                _drop(slot.queue, NoProxyLeft(f"no proxy is left that serves {host}"))
        moments = [wait for wait in waits if 0 < wait < inf]
        if moments:  # else it is when a request that is under way ends, which looks here again
            slot.latercall = call_later(min(moments), self._latercall, slot)
        return False

    def _throttle_wait(self, request: Request, slot: Slot, proxy: str | None) -> float:
        """Seconds until the throttle lets the request go by that proxy; ≤ 0: now; `inf`: when one there ends."""
        record = self._throttle_of(request, slot, proxy)
        if record is None:
            return 0.0
        if record.is_full and (crawl := crawl_of(self.crawler)) is not None and (left := crawl.left) is not None:
            record.left(left, time.monotonic())
        return inf if record.is_full else record.wait_seconds(time.monotonic())

    def _throttle_of(self, request: Request, slot: Slot, proxy: str | None) -> ThrottleRecord | None:
        if self.throttles is None:
            return None
        limits = ThrottleLimits(max(1, self._seats(slot)), slot.delay)
        return self.throttles.of(self._keys[slot], egress_of(request.url, proxy), limits)

    def _refusal(self, request: Request, pace: SitePace) -> RetryLater | None:
        """Why a retry must not be sent now. Asked at the last moment, so that no other one gets between."""
        page = request.meta.get("ecom_page")
        if not isinstance(page, PendingPage) or not page.attempts or pace.budget.wait_seconds() == 0:
            return None
        self.crawler.stats.inc_value("ecom/pace/over_budget")
        why = "retries wait for their share of the requests"
        return RetryLater.after(pace.budget.place_seconds(), page, page.attempts, None, why)

    async def _enqueue_request(self, request: Request) -> Response:
        was_chosen = self.DOWNLOAD_SLOT in request.meta
        try:
            return await super()._enqueue_request(request)
        finally:
            if not was_chosen:  # a redirect takes over the meta, and would be sent at the pace of the host it leaves
                request.meta.pop(self.DOWNLOAD_SLOT, None)

    async def _watched_download(self, request: Request) -> Response:
        seconds = None
        try:
            response = await self._handlers_download(request)
            seconds = time.monotonic() - request.meta[SENT_AT]
            return response
        except ProxyFailed:  # it says nothing of the site
            self._ended(request, [], Ending.DROPPED)
            raise
        except Exception as error:
            pace = self.pace(request.meta[self.DOWNLOAD_SLOT])
            if reason_of(error) in DECIDED_HERE:  # it says nothing against the site
                self._ended(request, pace.answered(request.meta[SENT_AT], HTTPStatus.OK, {}), Ending.DROPPED)
            else:
                self._ended(request, pace.failed(request.meta[SENT_AT]), Ending.FAILED)
            raise
        finally:
            if self._proxies is not None:
                self._proxies.ended(request, seconds)

    def _response_downloaded(self, response: Response, request: Request) -> None:
        # This signal comes before the seat is free: nothing can be sent between an answer and its consequences.
        headers = asking_headers(dict.items(response.headers))  # its own `items` puts right what is right
        pace = self.pace(request.meta[self.DOWNLOAD_SLOT])
        events = pace.answered(request.meta[SENT_AT], response.status, headers)
        self._ended(request, events, ending_of(response.status, self._limits.also_transient), response.status)

    def _ended(self, request: Request, events: list[Event], ending: Ending, status: int = 0) -> None:
        """What follows from the end of a request, for the throttle, then for the log."""
        slot = self.slots[request.meta[self.DOWNLOAD_SLOT]]
        record = self._throttle_of(request, slot, _proxy_of(request))
        if record is not None and self.throttles is not None:
            for event in events:
                if isinstance(event, AskedToWait):
                    record.throttle.held(event.seconds)
            self.throttles.finished(record, request.meta[SENT_AT], request.meta[BESIDE], ending, status)
        self._tell(request, events)

    def _robots_read(self, robots_txt: RobotsTxt) -> None:
        wishes = robots_txt.politeness
        if not wishes.spacing_seconds:
            return
        key = self.get_slot_key(Request(robots_txt.url))
        spacing = self.pace(key).spacing
        # The request for robots.txt went out some time after it was sent, as it had to connect first.
        spacing.hold(wishes.spacing_seconds)
        spacing.distances = with_wishes(self._distances, wishes)

    def _tell(self, request: Request, events: list[Event]) -> None:
        host = request.meta[self.DOWNLOAD_SLOT]
        stats = self.crawler.stats
        for event in events:
            match event:
                case AskedToWait(too_long=True):
                    stats.inc_value("ecom/pace/asked_too_long")
                    logger.warning(
                        "%s asks for %.0f s of rest (%s, %s), longer than ECOM_PACE_LONGEST_WAIT_SECONDS = %g",
                        host, event.seconds, event.reason, event.said_by, self._limits.longest_wait_seconds,
                    )  # fmt: skip
                    _schedule_coro(self.crawler.engine.close_spider_async(reason="asked_to_wait"))
                case AskedToWait():
                    stats.inc_value("ecom/pace/holds")
                    logger.info(
                        "%s is left alone for %.1f s (%s, %s)", host, event.seconds, event.reason, event.said_by
                    )
                case Opened():
                    stats.inc_value("ecom/pace/breaker_opened")
                    logger.warning(
                        "%s failed %d times in a row: left alone for %.0f s, then tried by one request",
                        host, event.failures, event.pause_seconds,
                    )  # fmt: skip
                    self._look_again(host)
                case Closed():
                    self._look_again(host)
                    logger.info("%s answers again, after %.0f s", host, event.after_seconds)
                case GivenUp():
                    stats.inc_value("ecom/pace/given_up")
                    logger.warning("%s did not answer for %.0f s: given up", host, event.after_seconds)
                    self._end_if_alone(host, "site_given_up")
                    self._look_again(host)

    def _look_again(self, host: str) -> None:
        """The queue waits for a moment that means nothing any more."""
        slot = self.slots.get(host)
        if slot is not None and slot.latercall:
            slot.latercall.cancel()
            self._latercall(slot)

    def _end_if_alone(self, host: str, why: str) -> None:
        """Where it is the only host, the crawl ends and keeps what is pending; else its pages fail as blocked."""
        crawl = crawl_of(self.crawler)
        if crawl is not None and {urlsplit(f"//{each}").hostname for each in crawl.plan.hosts} == {host}:
            _schedule_coro(self.crawler.engine.close_spider_async(reason=why))


def _proxy_of(request: Request) -> str | None:
    """The proxy that the request goes by; the embedded shop's address, which stands in its place, is none."""
    return None if request.meta.get("ecom_demo") else request.meta.get("proxy")


def _drop(queue: deque[tuple[Request, Deferred[Response]]], why: IgnoreRequest) -> None:
    while queue:
        _, queue_dfd = queue.popleft()
        queue_dfd.errback(why)

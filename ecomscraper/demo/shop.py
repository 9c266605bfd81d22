"""The demo shop as an HTTP server on loopback, for a crawl of its own process or for others.

What is where (all of it in each look of the shop: the one chosen at the root, all others below `/t/<theme>/`):
listing, categories and product pages as the theme addresses them, from `/ecommerce/` and `/ecommerce/category/<slug>/`
on; the APIs of `api/paths.py`; `/api/product/<number>`; `/sitemap.xml`; in the default theme also
`/ecommerce/scroll/` and its fragments. `/api/echo` takes any method and answers what it was sent.

Everything below `/_demo/` is about the shop and neither counted, delayed nor disturbed:
`GET /_demo/counts` (what it was asked), `GET /_demo/plan` (its faults), `POST /_demo/reset` (count anew).
Any address takes `?fault=KIND…`, which disturbs this one request.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.api.endpoints import ECHO_PATH, echo_answer
from ecomscraper.demo.counts import Counts
from ecomscraper.demo.faults import Fault
from ecomscraper.demo.load import RateBucket, knee_delay_seconds
from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.refusals import Asked, error_answer, rate_limit_headers, refusal
from ecomscraper.demo.spoilt import spoilt
from ecomscraper.demo.storefront import Storefront
from ecomscraper.demo.wire import Wire, misbehaviour

_CONTROL = "/_demo/"
_SWITCH = "fault="
_BACKLOG = 1024  # default 100: a crawl may open more connections than that at once
_HEADER_BYTES = 65_536
_STOP_SECONDS = 0.2  # what still runs in the shop gets this long to notice that it stops
_NOT_ANSWERED = "none"


class DemoShop:
    """One shop, started and stopped inside a running asyncio loop.

    It also answers requests in absolute form, so it can be addressed as an HTTP proxy under any host name.
    """

    def __init__(self, options: ShopOptions | None = None) -> None:
        self.options = options or ShopOptions()
        self.counts = Counts(
            monotonic=time.monotonic,
            wall=time.time,
            arrivals_kept=self.options.arrivals_kept,
            targets_kept=self.options.targets_kept,
        )
        self._storefront = Storefront(self.options)
        self.catalogue = self._storefront.catalogue()
        self._rng = random.Random(self.options.seed)
        self._start_anew()
        self._http: web.Server | None = None
        self._listener: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen on `host`; the port, which is a free one if `port` is 0. Raises OSError if it is taken."""
        http = web.Server(
            self._handle,
            handler_cancellation=True,  # a client that leaves ends what is sent to it
            access_log=None,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(http, host, port, backlog=_BACKLOG)
        self._http = http
        address: tuple[str, int] = self._listener.sockets[0].getsockname()
        return address[1]

    async def stop(self) -> None:
        """Stop listening and close every connection, whatever is still sent on it."""
        if self._listener is None or self._http is None:
            return
        self._listener.close()
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await self._http.shutdown(_STOP_SECONDS)
        await self._listener.wait_closed()
        self._listener = self._http = None

    def reset(self) -> None:
        """Count anew, and let each fault and limit begin anew too."""
        self.counts.reset()
        self._start_anew()

    def _start_anew(self) -> None:
        options = self.options
        self._tries: Counter[str] = Counter()
        self._listings_answered = 0
        self._bucket = (
            RateBucket(options.rate_per_second, options.rate_burst, time.monotonic) if options.rate_per_second else None
        )

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(_CONTROL):
            return self._control(request.method, request.path.removeprefix(_CONTROL))
        target = request.path_qs
        self.counts.arrived(target, request.headers)
        outcome = _NOT_ANSWERED
        try:
            response = await self._response(request)
            if response is None:  # the connection is spoilt, and aiohttp notices that it cannot send this
                return web.Response()
            # Sent here and not after the return, so that it is in flight until it is sent.
            if await _sent(response, request):
                outcome = str(response.status)
            return response
        finally:
            self.counts.answered(target, outcome)

    async def _response(self, request: web.BaseRequest) -> web.Response | None:
        """What to answer when its time has come, or None if a fault has already ended the connection."""
        await self._wait()
        if request.method not in ("GET", "HEAD") and request.path != ECHO_PATH:
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        if self._bucket is not None and (seconds := self._bucket.wait_seconds(self._strength)):
            return _framed(self._rate_limited(seconds), request)
        try:
            fault = self._fault(request)
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        answer = await self._right_answer(request)
        if fault is not None:
            disturbed = await _disturbed(fault, answer, request)
            if disturbed is None:
                return None
            answer = disturbed
        return _framed(answer, request)

    async def _right_answer(self, request: web.BaseRequest) -> Answer:
        if request.path == ECHO_PATH:
            return echo_answer(request.method, await request.read(), request.headers.get("Content-Type", ""))
        return self._storefront.answer(
            request.path, self._added(request.path), request.query_string, f"http://{request.host}"
        )

    def _fault(self, request: web.BaseRequest) -> Fault | None:
        """The fault of this try of a page, if it has one. Raises ValueError for a wrong `?fault=`."""
        key = request.path_qs
        if _SWITCH in key:
            fault: Fault | None = Fault.parse(request.query.get("fault", ""))
        else:
            key = request.path
            fault = self.options.faults.fault_of(key)
        if fault is None or fault.first is None:
            return fault
        self._tries[key] += 1
        return fault if self._tries[key] <= fault.first else None

    def _added(self, path: str) -> int:
        """How many products have been added when this request is answered."""
        if not self.options.grow_products:
            return 0
        grown = self._listings_answered >= self.options.grow_after_requests
        if self._storefront.is_listing(path):
            self._listings_answered += 1
        return self.options.grow_products if grown else 0

    def _rate_limited(self, wait_seconds: float) -> Answer:
        seconds = str(math.ceil(wait_seconds))
        limit = math.ceil(self.options.rate_per_second)
        if not self.options.rate_told:
            return error_answer(429, {})
        return error_answer(429, {"Retry-After": seconds, **rate_limit_headers("ietf", limit, seconds)})

    @property
    def _strength(self) -> float:
        """The part of its knee and of its rate that the shop has now."""
        after = self.options.halved_after_requests
        return 0.5 if after and self.counts.requests > after else 1.0

    async def _wait(self) -> None:
        options = self.options
        seconds = options.latency_seconds + knee_delay_seconds(
            self.counts.in_flight, options.knee_in_flight, options.knee_seconds, self._strength
        )
        if options.latency_random_seconds:
            seconds += self._rng.uniform(0, options.latency_random_seconds)
        if seconds:
            await asyncio.sleep(seconds)

    def _control(self, method: str, name: str) -> web.Response:
        match method, name:
            case "GET", "counts":
                return _json(self.counts.as_json())
            case "GET", "plan":
                return _json(self.options.faults.as_json(self.catalogue.pages))
            case "POST", "reset":
                self.reset()
                return web.Response(status=204)
        return web.Response(status=404, text="GET /_demo/counts, GET /_demo/plan or POST /_demo/reset\n")


async def _disturbed(fault: Fault, right: Answer, request: web.BaseRequest) -> Answer | None:
    """The answer as the fault has it, or None if it has ended the connection."""
    if fault.kind.name == "slow":
        await asyncio.sleep(float(fault.parameters["seconds"]))
        return right
    if act := misbehaviour(fault):
        if request.transport is not None:
            with suppress(ConnectionError):  # the client has gone, which is what most of these are for
                await act(Wire(request.transport, request.writer.drain), right, fault)
        return None
    return refusal(fault, Asked(request.path_qs, datetime.now(UTC))) or spoilt(fault, right)


def _framed(answer: Answer, request: web.BaseRequest) -> web.Response:
    headers = {"Content-Type": answer.content_type, "Vary": "Accept-Encoding", **answer.headers}
    body = answer.document.body
    if not answer.as_is and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = answer.document.gzipped
    return web.Response(status=answer.status, body=body, headers=headers)


async def _sent(response: web.Response, request: web.BaseRequest) -> bool:
    """False if the client has gone."""
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        return False
    return True


def _json(value: Any) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), content_type="application/json")

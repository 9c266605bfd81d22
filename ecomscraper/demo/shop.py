"""The demo shop as an HTTP server on loopback, for a crawl of its own process or for others.

Everything of `/_demo/` is about the shop and neither counted, delayed nor disturbed:
`GET /_demo/counts` what it was asked (JSON), `POST /_demo/reset` start counting anew.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

from aiohttp import web

from ecomscraper.demo.counts import Counts
from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.storefront import Answer, Storefront

CANONICAL_HOST = "demo.localhost"
_CONTROL = "/_demo/"
_BACKLOG = 1024  # default 100: a crawl may open more connections than that at once
_HEADER_BYTES = 65_536
_STOP_SECONDS = 0.2  # an answer in flight gets this long when the shop stops


class DemoShop:
    """One shop, started and stopped inside a running asyncio loop.

    It also answers requests in absolute form, so it can be addressed as an HTTP proxy under any host name.
    """

    def __init__(self, options: ShopOptions | None = None) -> None:
        self.options = options or ShopOptions()
        self.counts = Counts(
            monotonic=time.monotonic, wall=time.time, arrivals_kept=self.options.arrivals_kept
        )
        self._storefront = Storefront(self.options)
        self.catalogue = self._storefront.catalogue()
        self._rng = random.Random(self.options.seed)
        self._http: web.Server | None = None
        self._listener: asyncio.Server | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen on `host`; the port, which is a free one if `port` is 0. Raises OSError if it is taken."""
        loop = asyncio.get_running_loop()
        http = web.Server(
            self._handle,
            handler_cancellation=True,  # a client that leaves ends what is sent to it
            access_log=None,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
        )
        self._listener = await loop.create_server(http, host, port, backlog=_BACKLOG)
        self._http = http
        address: tuple[str, int] = self._listener.sockets[0].getsockname()
        return address[1]

    async def stop(self) -> None:
        """Stop listening and close every connection, whatever it still waits for."""
        if self._listener is None or self._http is None:
            return
        self._listener.close()
        await self._http.shutdown(_STOP_SECONDS)
        await self._listener.wait_closed()
        self._listener = self._http = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.path
        if path.startswith(_CONTROL):
            return self._control(request.method, path.removeprefix(_CONTROL))
        target = request.path_qs
        self.counts.arrived(target, request.headers)
        outcome = "none"
        try:
            await self._wait()
            if request.method not in ("GET", "HEAD"):
                response = web.Response(status=405, headers={"Allow": "GET, HEAD"})
            else:
                response = _response(self._storefront.answer(path), request)
            if await _sent(response, request):
                outcome = str(response.status)
            return response
        finally:
            self.counts.answered(target, outcome)

    async def _wait(self) -> None:
        seconds = self.options.latency_seconds
        if self.options.latency_random_seconds:
            seconds += self._rng.uniform(0, self.options.latency_random_seconds)
        if seconds:
            await asyncio.sleep(seconds)

    def _control(self, method: str, name: str) -> web.Response:
        if (method, name) == ("GET", "counts"):
            return _json(self.counts.as_json())
        if (method, name) == ("POST", "reset"):
            self.counts.reset()
            return web.Response(status=204)
        return web.Response(status=404, text="GET /_demo/counts or POST /_demo/reset\n")


def _response(answer: Answer, request: web.BaseRequest) -> web.Response:
    headers = {"Content-Type": answer.content_type, "Vary": "Accept-Encoding", **answer.headers}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return web.Response(status=answer.status, body=answer.document.gzipped, headers=headers)
    return web.Response(status=answer.status, body=answer.document.body, headers=headers)


async def _sent(response: web.Response, request: web.BaseRequest) -> bool:
    """Send it before the handler returns, so that it is in flight until then; False if the client has gone."""
    try:
        await response.prepare(request)
        await response.write_eof()
    except ConnectionError:
        return False
    return True


def _json(value: Any) -> web.Response:
    return web.Response(body=json.dumps(value).encode(), content_type="application/json")

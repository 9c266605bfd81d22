"""The HTTP/1.1 handler: where it may connect, and for how long it waits.

The rules are in `ecomscraper.reach.hosts` and `ecomscraper.pace.timeouts`. They are kept below Twisted's agent: it
looks a name up, tries its addresses, keeps connections and connects anew where a kept one was closed, and each of
these must be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import lru_cache, partial
from http import HTTPStatus
from ipaddress import ip_address
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urldefrag

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils._download_handlers import normalize_bind_address, wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorPluggableNameResolver
from twisted.internet.protocol import Factory
from twisted.python.components import proxyForInterface
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent, HTTPConnectionPool, _RetryingHTTP11ClientProtocol
from twisted.web.http_headers import Headers

from ecomscraper.pace.timeouts import TimeLimits, TryTimes
from ecomscraper.proxies.exits import Exit
from ecomscraper.proxies.middleware import CONNECT_TO, EXIT, proxies_of
from ecomscraper.proxies.outcomes import ProxyFailed, WithoutProxy
from ecomscraper.proxies.tunnel import agent_through
from ecomscraper.reach.crawl_reach import reach_of
from ecomscraper.reach.hosts import Reach
from ecomscraper.reach.outcomes import OutOfReach
from ecomscraper.scrapy_fixes.header_limit import (
    BoundedProtocol,
    headers_too_large_unwrapped,
)
from ecomscraper.scrapy_fixes.header_limit import HTTP11DownloadHandler as HeaderLimitHandler
from ecomscraper.scrapy_fixes.http11 import http11

_Result = TypeVar("_Result")


class _HeardProtocol(BoundedProtocol):
    """Tells the try that uses this connection when something comes."""

    times: TryTimes | None = None

    def dataReceived(self, data: bytes) -> None:
        if self.times is not None:
            self.times.heard()
        super().dataReceived(data)  # type: ignore[no-untyped-call]


class _HeardEndpoint:
    """An endpoint whose connections are heard by a try."""

    def __init__(self, endpoint: Any, times: TryTimes) -> None:
        self._endpoint = endpoint
        self._times = times

    def connect(self, factory: Factory) -> Deferred[_HeardProtocol]:
        self._times.connecting()
        connecting: Deferred[_HeardProtocol] = self._endpoint.connect(factory)
        return connecting.addCallbacks(self._connected, self._failed)

    def _connected(self, protocol: _HeardProtocol) -> _HeardProtocol:
        protocol.times = self._times
        self._times.heard()
        return protocol

    def _failed(self, failure: Failure) -> Failure:
        # Scrapy's tunnel forgets the connection to a proxy that did not open it.
        if (half_open := getattr(self._endpoint, "_protocol", None)) is not None:
            half_open.transport.abortConnection()
        return failure


class _EndpointWhenNeeded:
    """The endpoint of an address, made where a connection is: to make one takes as long as to write the request."""

    def __init__(self, make: Callable[[URI], Any], uri: URI) -> None:
        self._make = make
        self._uri = uri

    def connect(self, factory: Factory) -> Deferred[Any]:
        connecting: Deferred[Any] = self._make(self._uri).connect(factory)
        return connecting


class _PoolOfOneTry:
    """The handler's connections as one try sees them, so that it hears what comes."""

    def __init__(self, pool: HTTPConnectionPool, times: TryTimes, *, persistent: bool) -> None:
        self.persistent = persistent
        self._pool: Any = pool
        self._times = times

    def getConnection(self, key: Hashable, endpoint: Any) -> Deferred[Any]:
        getting: Deferred[Any] = self._pool.getConnection(key, _HeardEndpoint(endpoint, self._times))
        return getting.addCallback(self._taken)

    def _taken(self, connection: Any) -> Any:
        kept = connection._clientProtocol if isinstance(connection, _RetryingHTTP11ClientProtocol) else connection
        kept.times = self._times
        self._times.heard()
        return connection


class _ReactorWithinReach(proxyForInterface(IReactorPluggableNameResolver, "_reactor")):  # type: ignore[misc]
    """The reactor as endpoints use it, with a rule about addresses.

    Every connection comes by here after its name was looked up, as an address: what is checked is what is
    connected, whatever a name server answers the next time.
    """

    def __init__(self, reactor: Any, reach: Reach, netloc: str) -> None:
        self._reactor = reactor
        self._reach = reach
        self._netloc = netloc
        self.callLater = reactor.callLater
        self.seconds = reactor.seconds

    def connectTCP(self, host: str, port: int, factory: Factory, **options: Any) -> Any:
        if refusal := self._reach.refuses_address(self._netloc, ip_address(host)):
            raise OutOfReach(refusal)
        return self._reactor.connectTCP(host, port, factory, **options)


class _Agent(http11._ScrapyAgent):
    """One try: Scrapy's agent with three time limits instead of one, and a reach."""

    def __init__(self, *, limits: TimeLimits, reach: Reach | None, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._reach = reach
        self._exceeded: str | None = None
        self._failed_to_connect = False
        self._used: Exit | None = None
        self._timer: Any = None

    def download_request(self, request: Request) -> Deferred[Response]:
        times = TryTimes(self._limits, monotonic)
        used = self._used = request.meta.get(EXIT)
        url = urldefrag(request.url)[0]
        # The time limits of Twisted's endpoints say less than ours: they come too late to be heard.
        agent: Any = self._get_agent(request, self._limits.total_seconds + 1)
        agent._pool = _PoolOfOneTry(agent._pool, times, persistent=used is None or used.is_kept)
        headers = Headers(request.headers)
        if used is not None or isinstance(agent, http11._TunnelingAgent):
            headers.removeHeader(b"Proxy-Authorization")
        if isinstance(agent, http11._ScrapyProxyAgent) and used is not None and used.proxy.authorization:
            headers.setRawHeaders(b"Proxy-Authorization", [used.proxy.authorization])
        body = http11._RequestBodyProducer(request.body) if request.body else None
        trying: Deferred[Any] = agent.request(request.method.encode(), url.encode("ascii"), headers, body)
        trying.addCallback(self._cb_latency, request, monotonic())
        trying.addCallback(self._cb_bodyready, request)
        trying.addCallback(self._cb_bodydone, url)
        self._look_again(times, trying)
        return trying.addBoth(self._ended)

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        if self._used is not None:
            from twisted.internet import reactor

            return agent_through(
                self._used,
                request,
                request.meta.get(CONNECT_TO),
                reactor=reactor,
                contextFactory=self._contextFactory,
                connectTimeout=timeout,
                bindAddress=normalize_bind_address(request.meta.get("bindaddress") or self._bindAddress),
                pool=self._pool,
            )
        agent = super()._get_agent(request, timeout)
        # A proxy is the user's choice, and looks the page's host up itself.
        if not request.meta.get("proxy"):
            if self._reach is not None:
                factory = agent._endpointFactory
                factory._reactor = _ReactorWithinReach(factory._reactor, self._reach, urlparse_cached(request).netloc)
            agent._getEndpoint = partial(_EndpointWhenNeeded, agent._getEndpoint)  # type: ignore[method-assign]  # of this one try
        return agent

    def _look_again(self, times: TryTimes, trying: Deferred[Any]) -> None:
        from twisted.internet import reactor

        later: Any = reactor
        self._timer = later.callLater(times.look_again_seconds(), self._look, times, trying)

    def _look(self, times: TryTimes, trying: Deferred[Any]) -> None:
        self._timer = None
        self._exceeded = times.exceeded()
        if self._exceeded is None:
            self._look_again(times, trying)
        else:
            self._failed_to_connect = times.connects
            trying.cancel()

    def _ended(self, result: _Result) -> _Result:
        if self._timer is not None:
            self._timer.cancel()
        if self._exceeded is None:
            return result
        if self._txresponse is not None:  # over TLS the aborted connection lingers otherwise
            self._txresponse._transport.stopProducing()
        if self._failed_to_connect and self._used is not None:
            raise ProxyFailed(f"{self._used.proxy.address}: {self._exceeded}")
        raise DownloadTimeoutError(self._exceeded)


def _refuses_none(netloc: str) -> None:
    return None


class HTTP11DownloadHandler(HeaderLimitHandler):
    """For `DOWNLOAD_HANDLERS` (http and https).

    Raises `OutOfReach` instead of connecting to an address that is not public and that nobody named, for crawls
    with a ledger; `DownloadTimeoutError` in words that say which time limit was reached; `ProxyFailed` where the proxy
    of a request takes no connection, opens no tunnel or does not know us; `WithoutProxy` instead of going out directly
    where everything goes by proxies.

    Settings: `ECOM_TIMEOUT_CONNECT_SECONDS`, `ECOM_TIMEOUT_READ_SECONDS`; `DOWNLOAD_TIMEOUT` or the request meta
    `download_timeout`; those of `HeaderLimitHandler` and of `reach_of`.
    """

    protocol = _HeardProtocol

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._limits = TimeLimits(
            connect_seconds=settings.getfloat("ECOM_TIMEOUT_CONNECT_SECONDS"),
            read_seconds=settings.getfloat("ECOM_TIMEOUT_READ_SECONDS"),
            total_seconds=settings.getfloat("DOWNLOAD_TIMEOUT"),
        )
        self._reach = reach_of(crawler)
        self._refuses_host = lru_cache(maxsize=1024)(self._reach.refuses_host) if self._reach else _refuses_none
        self._refuses_name = lru_cache(maxsize=1024)(self._reach.refuses_name) if self._reach else _refuses_none

    async def download_request(self, request: Request) -> Response:
        used = request.meta.get(EXIT)
        refuses = self._refuses_host if used is None else self._refuses_name
        if refusal := refuses(urlparse_cached(request).netloc):
            raise OutOfReach(refusal)
        if used is None and proxies_of(self._crawler) is not None:
            raise WithoutProxy(f"{request.url} has no proxy, and nothing of this crawl goes out without one")
        response = await self._try(request)
        if used is not None and response.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:  # no shop says that
            raise ProxyFailed(f"{used.proxy.address} answers 407: it takes no user and password of ours")
        return response

    async def _try(self, request: Request) -> Response:
        agent = _Agent(
            limits=self._limits_of(request),
            reach=self._reach,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with headers_too_large_unwrapped(), wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))

    def _limits_of(self, request: Request) -> TimeLimits:
        limits, own_total = self._limits, request.meta.get("download_timeout")
        if own_total and own_total != limits.total_seconds:
            return replace(limits, total_seconds=own_total)
        return limits

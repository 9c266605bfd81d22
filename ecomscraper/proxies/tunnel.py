"""Twisted's agent as it speaks to a shop through a proxy.

Scrapy's own hangs until the time limit where a proxy closes during CONNECT, keeps one connection for proxies that
differ in their credentials only, and speaks HTTP to SOCKS5. A page of plain HTTP goes by the proxy as a request to it
(RFC 9112 §3.2.2), all others through a tunnel; a time limit for connecting counts until the tunnel is open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import URI, Agent

from ecomscraper.proxies.address import Proxy
from ecomscraper.proxies.exits import Exit
from ecomscraper.proxies.handshake import Handshake, TunnelRefused, handshake
from ecomscraper.proxies.outcomes import ProxyFailed, ShopUnreached
from ecomscraper.scrapy_fixes.http11 import http11

_DEFAULT_PORTS = {"http": 80, "https": 443}


def agent_through(used: Exit, request: Request, connect_to: str | None, **options: Any) -> Agent:
    """The agent for one request. `options`: those of Scrapy's; `connect_to`: where the shop is, if not at its name."""
    shop = urlparse_cached(request)
    if used.proxy.scheme == "http" and shop.scheme == "http" and connect_to is None:
        return _ForwardAgent(used, shop.netloc, **options)
    return _TunnelAgent(used, connect_to, **options)


class _ForwardAgent(http11._ScrapyProxyAgent):
    """Asks the proxy for a page of plain HTTP."""

    def __init__(self, used: Exit, netloc: str, **options: Any) -> None:
        super().__init__(proxyURI=used.proxy.address.encode(), **options)
        self._used = used
        self._netloc = netloc

    def _requestWithEndpoint(self, key: Any, endpoint: Any, *args: Any, **kwargs: Any) -> Any:
        endpoint = _ProxyEndpoint(endpoint, self._used.proxy)
        # By the shop as well: some proxies send all that comes by a connection to the shop that it was opened for.
        return super()._requestWithEndpoint((*key, self._used.proxy, self._netloc), endpoint, *args, **kwargs)


class _TunnelAgent(http11._BindAddressAgent):
    """Asks the shop itself, at the other end of a tunnel."""

    def __init__(self, used: Exit, connect_to: str | None, **options: Any) -> None:
        super().__init__(**options)
        self._used = used
        self._connect_to = connect_to

    def _getEndpoint(self, uri: URI) -> Any:
        factory: Any = self._endpointFactory
        host, port = uri.host.decode("ascii"), uri.port
        if self._connect_to is not None:
            place = urlsplit(f"//{self._connect_to}")
            host, port = place.hostname or host, place.port or port
        proxy = self._used.proxy
        to_proxy = HostnameEndpoint(
            factory._reactor, proxy.host, proxy.port, factory._connectTimeout, factory._bindAddress
        )
        tunnel: Any = _TunnelEndpoint(_ProxyEndpoint(to_proxy, proxy), proxy, lambda: handshake(proxy, host, port))
        if uri.scheme != b"https":
            return tunnel
        return wrapClientTLS(factory._policyForHTTPS.creatorForNetloc(uri.host, uri.port), tunnel)

    def _requestWithEndpoint(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._requestWithEndpoint((*key, self._used.proxy, self._connect_to), *args, **kwargs)


class _ProxyEndpoint:
    """The proxy, whose failure to take a connection is not the shop's."""

    def __init__(self, endpoint: Any, proxy: Proxy) -> None:
        self._endpoint = endpoint
        self._proxy = proxy

    def connect(self, factory: Factory) -> Deferred[Any]:
        connecting: Deferred[Any] = self._endpoint.connect(factory)
        return connecting.addErrback(self._failed)

    def _failed(self, failure: Failure) -> Failure:
        why = failure.getErrorMessage().rstrip(".")
        raise ProxyFailed(f"{self._proxy.address} takes no connection: {why}") from failure.value


class _TunnelEndpoint:
    """The shop, at the other end of a tunnel through the proxy."""

    def __init__(self, to_proxy: _ProxyEndpoint, proxy: Proxy, new_handshake: Callable[[], Handshake]) -> None:
        self._to_proxy = to_proxy
        self._proxy = proxy
        self._new_handshake = new_handshake

    def connect(self, factory: Factory) -> Deferred[Any]:
        opening = _Opening(factory, self._proxy, self._new_handshake())
        opening.connecting = self._to_proxy.connect(Factory.forProtocol(lambda: opening))
        opening.connecting.addErrback(opening.failed)
        return opening.opened


class _Opening(Protocol):
    """Speaks to the proxy until the tunnel is open, and then makes room for the protocol of `factory`."""

    connecting: Deferred[Any]

    def __init__(self, factory: Factory, proxy: Proxy, steps: Handshake) -> None:
        self.opened: Deferred[Any] = Deferred(self._cancelled)
        self._inner = factory
        self._proxy = proxy
        self._steps = steps

    def connectionMade(self) -> None:
        self._step(None)

    def dataReceived(self, data: bytes) -> None:
        self._step(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.failed(ProxyFailed(f"{self._proxy.address} closes the connection before the tunnel is open"))

    def failed(self, failure: Failure | Exception) -> None:
        """There will be no tunnel."""
        if not self.opened.called:
            self.opened.errback(failure)

    def _step(self, data: bytes | None) -> None:
        transport: Any = self.transport
        try:
            if to_send := next(self._steps) if data is None else self._steps.send(data):
                transport.write(to_send)
        except StopIteration as end:
            self._open(end.value)
        except TunnelRefused as refused:
            kind = ShopUnreached if refused.by_the_shop else ProxyFailed
            self.failed(kind(f"{self._proxy.address} {refused}"))
            transport.abortConnection()

    def _open(self, too_early: bytes) -> None:
        transport: Any = self.transport
        protocol = self._inner.buildProtocol(transport.getPeer())
        if protocol is None or self.opened.called:
            transport.abortConnection()
            return
        transport.protocol = protocol
        protocol.makeConnection(transport)
        if too_early:
            protocol.dataReceived(too_early)
        self.opened.callback(protocol)

    def _cancelled(self, opened: Deferred[Any]) -> None:
        self.connecting.cancel()
        if self.transport is not None:
            transport: Any = self.transport
            transport.abortConnection()

"""How a request ends that its proxy did not bring to the shop."""

from __future__ import annotations

from scrapy.exceptions import DownloadConnectionRefusedError, IgnoreRequest


class ProxyFailed(DownloadConnectionRefusedError):
    """It says nothing of the shop, which was not asked; `str()` names the proxy, and no password."""


class ShopUnreached(DownloadConnectionRefusedError):
    """The proxy says that it cannot reach the shop: whose fault that is, others will show."""


class NoProxyLeft(IgnoreRequest):
    """None of the list's proxies serves this site; the request was not sent."""


class WithoutProxy(IgnoreRequest):
    """A request that has no proxy, in a crawl in which nothing goes out without one."""

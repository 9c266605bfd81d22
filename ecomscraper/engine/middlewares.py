"""The downloader middlewares' hooks, called without a coroutine around each answer that is none.

Scrapy makes a coroutine of whatever a hook returns, and spells out the hook's name for a warning that it hardly ever
gives; of the two dozen hooks that a page passes two or three have something to wait for. Its own hooks are called
without what looks at their arguments for a spider, which costs 0.6 µs each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from types import CoroutineType, MethodType
from typing import Any

from scrapy import Request
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.http import Response
from scrapy.utils.decorators import _warn_spider_arg
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.python import global_object_name

from ecomscraper.engine.hooks import QUICK

_WATCH = _warn_spider_arg(lambda: None).__code__  # the code of all that it wraps


class QuickMiddlewares(DownloaderMiddlewareManager):
    """Takes the place of Scrapy's manager after that was made; see `call_quickly`."""

    async def _process_request(
        self, request: Request, download_func: Callable[[Request], Coroutine[Any, Any, Response]]
    ) -> Response | Request:
        for method in self.methods["process_request"]:
            assert method is not None
            result = method(request=request)
            if result is not None and (result := await _settled(result, method)) is not None:
                return _checked(result, method)
        return await download_func(request)

    async def _process_response(self, response: Response | Request, request: Request) -> Response | Request:
        for method in self.methods["process_response"] if not isinstance(response, Request) else ():
            assert method is not None
            result = method(request=request, response=response)
            if not isinstance(result, Response):
                result = await _settled(result, method)
            response = _checked(result, method)
            if isinstance(response, Request):
                break
        return response


async def _settled(result: Any, method: Callable[..., Any]) -> Any:
    """What a hook gives in the end."""
    if isinstance(result, CoroutineType):
        return await result
    return await ensure_awaitable(result, _warn=global_object_name(method))


def _checked(result: Any, method: Callable[..., Any]) -> Response | Request:
    if isinstance(result, Response | Request):
        return result
    raise TypeError(f"{method.__qualname__} must give a Response or a Request, not {type(result).__name__}")


def call_quickly(middlewares: DownloaderMiddlewareManager) -> None:
    """Have the hooks called here, unless one wants what Scrapy has given up: the spider as an argument."""
    if type(middlewares) is not DownloaderMiddlewareManager or middlewares._mw_methods_requiring_spider:
        return
    middlewares.__class__ = QuickMiddlewares
    for each in middlewares.middlewares:
        if quick := QUICK.get(type(each)):
            each.__class__ = quick
    for name in ("process_request", "process_response", "process_exception"):
        middlewares.methods[name] = deque(_quick(hook, name) for hook in middlewares.methods[name])


def _quick(hook: Any, name: str) -> Any:
    """The hook of what has now the place of its middleware; without Scrapy's watch, where it has one."""
    middleware = getattr(hook, "__self__", None)
    if type(middleware) in QUICK.values():
        hook = getattr(middleware, name)
    function: Any = getattr(hook, "__func__", None)
    return MethodType(function.__wrapped__, middleware) if getattr(function, "__code__", None) is _WATCH else hook

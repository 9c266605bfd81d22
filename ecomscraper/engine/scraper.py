"""From a page's answer to its bundle, in one task.

For each answer Scrapy starts `CONCURRENT_ITEMS` tasks, one that feeds them and a chain of three generators a spider
middleware, so that many items may be worked on at once. A page of a ledger is one bundle, and Scrapy's own middlewares
let it pass. Here it goes the straight way; everything else that a spider yields goes Scrapy's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from inspect import isasyncgenfunction
from typing import Any

from scrapy import Request
from scrapy.core.scraper import Scraper
from scrapy.core.spidermw import SpiderMiddlewareManager
from scrapy.http import Response
from scrapy.utils.asyncgen import as_async_generator
from twisted.python.failure import Failure

from ecomscraper.items import Bundle

_SCRAPYS_OWN = "scrapy.spidermiddlewares."


class PageScraper(Scraper):
    """Takes the place of Scrapy's scraper in a crawl with a ledger, after the scraper was made."""

    async def _scrape(self, result: Response | Failure, request: Request) -> None:
        if isinstance(result, Failure):
            await super()._scrape(result, request)
            return
        try:
            output = await self.spidermw._process_spider_input(self.call_spider_async, result, request)
        except Exception as error:
            await self._scrape_exception(error, request, result)
            return
        if isinstance(output, AsyncIterator):
            await self._take(output, request, result)
        elif output:
            await self._pass_on(as_async_generator(output), request, result)

    async def call_spider_async(self, result: Response | Failure, request: Request) -> Any:
        """As Scrapy, which takes 20 µs to see anew that the callback is none of those that it warns of."""
        if isinstance(result, Failure):
            return await super().call_spider_async(result, request)
        asked = result.request or request
        if asked.callback is None or not isasyncgenfunction(asked.callback):
            return await super().call_spider_async(result, request)
        result.request = asked
        for _ in range(2):  # as Scrapy lets everybody else go on before it reads a page
            await asyncio.sleep(0)
        return asked.callback(result, **asked.cb_kwargs)

    async def _scrape_exception(self, error: Exception, request: Request, response: Response) -> None:
        """What the spider middlewares make of an exception that is not the spider's output."""
        try:
            output: AsyncIterator[Any] = self.spidermw._process_spider_exception(response, error)
        except Exception:
            self._tell(request, response)
        else:
            await self.handle_spider_output_async(output, request, response)

    async def _take(self, output: AsyncIterator[Any], request: Request, response: Response) -> None:
        first: Any = None
        try:
            async for first in output:
                if not isinstance(first, Bundle):
                    break
                await self.start_itemproc_async(first, response=response)
            else:
                return
        except Exception:
            self._tell(request, response)
            return
        await self._pass_on(_with(first, output), request, response)

    def _tell(self, request: Request, response: Response) -> None:
        """Of the exception that is being handled."""
        self.handle_spider_error(Failure(), request, response)  # type: ignore[no-untyped-call]

    async def _pass_on(self, output: AsyncIterator[Any], request: Request, response: Response) -> None:
        """Scrapy's way, through the spider middlewares."""
        passed = await self.spidermw._process_callback_output(response, output)
        await self.handle_spider_output_async(passed, request, response)


async def _with(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield first
    async for each in rest:
        yield each


def lets_bundles_pass(middlewares: SpiderMiddlewareManager) -> bool:
    """Whether all spider middlewares are Scrapy's own: somebody else's are to see what a spider yields."""
    return all(type(each).__module__.startswith(_SCRAPYS_OWN) for each in middlewares.middlewares)

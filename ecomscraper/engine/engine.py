"""From the scheduler to the callback and out again, in one task.

For each request Scrapy starts three tasks, with Deferreds and futures that wait for each other between them. None of
them has anything to do while another one works: here the first goes all the way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from scrapy import Request, signals
from scrapy.core.downloader import Downloader
from scrapy.core.engine import ExecutionEngine, _Slot
from scrapy.http import Response
from scrapy.logformatter import LogFormatter
from scrapy.utils.log import logformatter_adapter
from scrapy.utils.reactor import CallLaterOnce
from twisted.python.failure import Failure

logger = logging.getLogger("scrapy.core.engine")  # whoever sets the level of Scrapy's lines finds them all


class PageEngine(ExecutionEngine):
    """Takes the place of Scrapy's engine when that starts; see `carry_pages`."""

    def _start_scheduled_request(self) -> bool:
        assert self._slot is not None
        request = self._slot.scheduler.next_request()
        if request is None:
            self.signals.send_catch_log(signals.scheduler_empty)
            return False
        self._slot.add_request(request)
        self.downloader.active.add(request)
        asyncio.get_running_loop().create_task(self._carry(request, self._slot))
        return True

    async def _carry(self, request: Request, slot: _Slot) -> None:
        result: Response | Request | Failure
        try:
            try:
                result = await self._answer(request, slot)
            except (Exception, asyncio.CancelledError):
                result = Failure()  # type: ignore[no-untyped-call]
            if isinstance(result, Request):  # a middleware's, such as a redirect
                self.crawl(result)
            else:
                await self._scrape(result, request)
        except Exception:
            logger.info("Error while handling downloader output", exc_info=True, extra={"spider": self.spider})
        finally:
            slot.remove_request(request)
            slot.nextcall.schedule()

    async def _answer(self, request: Request, slot: _Slot) -> Response | Request:
        downloader = self.downloader
        try:
            answer = await downloader.middleware.download_async(downloader._enqueue_request, request)
        finally:
            downloader.active.remove(request)
            slot.nextcall.schedule()
        if isinstance(answer, Response):
            answer.request = answer.request or request
            self._tell(answer, answer.request)
        return answer

    def _tell(self, response: Response, request: Request) -> None:
        assert self.spider is not None
        # Scrapy writes the line, which takes 6 µs, before its logger throws it away.
        if type(self.logformatter) is not LogFormatter or logger.isEnabledFor(logging.DEBUG):
            line = self.logformatter.crawled(request, response, self.spider)
            if line is not None:
                logger.log(*logformatter_adapter(line), extra={"spider": self.spider})
        self.signals.send_catch_log(signals.response_received, response=response, request=request, spider=self.spider)

    async def _scrape(self, result: Response | Failure, request: Request) -> None:
        scraper, slot = self.scraper, self.scraper.slot
        assert slot is not None
        slot.add_response_request(result, request)
        slot.next_response_request_deferred()  # itself: nobody else leaves one there
        try:
            await scraper._scrape(result, request)
        except Exception:
            logging.getLogger("scrapy.core.scraper").error(
                "Scraper bug processing %(request)s",
                {"request": request},
                exc_info=True,
                extra={"spider": self.spider},
            )
        finally:
            slot.finish_response(result, request)
            scraper._check_if_closing()


class NextCall(CallLaterOnce[Any]):
    """Takes the place of the engine's own, which asks for the event loop five times a page and waits by Deferreds."""

    _loop: asyncio.AbstractEventLoop
    _waiting: list[asyncio.Future[None]]

    def schedule(self, delay: float = 0) -> None:
        if delay:
            super().schedule(delay)
        elif self._call is None:
            self._call = self._loop.call_soon(self)  # type: ignore[assignment]  # it is cancelled in the same way

    def __call__(self) -> Any:
        waiting, self._waiting = self._waiting, []
        result = super().__call__()
        for future in waiting:
            if not future.done():
                future.set_result(None)
        return result

    async def wait(self) -> None:
        future = self._loop.create_future()
        self._waiting.append(future)
        await future


def carry_pages(engine: ExecutionEngine) -> None:
    """Have a request go all the way in one task, unless the engine or how it asks its downloader is somebody's own."""
    fetch: Callable[..., Any] = type(engine.downloader).fetch
    if type(engine) is not ExecutionEngine or fetch is not Downloader.fetch or engine._slot is None:
        return
    engine.__class__ = PageEngine
    next_call: Any = engine._slot.nextcall
    next_call._loop, next_call._waiting = asyncio.get_running_loop(), []
    next_call.__class__ = NextCall

"""A request is sent by the task that waited for its turn, where Scrapy starts another one for that."""

from __future__ import annotations

from typing import Any

from scrapy import Request, signals
from scrapy.core.downloader import Slot
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred

from ecomscraper.scrapy_fixes.downloader import Downloader as FixedDownloader


class OneTaskDownloader(FixedDownloader):
    """What waits in a slot's queue is a turn, not an answer: `_process_queue` gives it by `_give_turn`."""

    async def _enqueue_request(self, request: Request) -> Response:
        key, slot = self._get_slot(request)
        request.meta[self.DOWNLOAD_SLOT] = key
        slot.active.add(request)
        try:
            self.signals.send_catch_log(signals.request_reached_downloader, request=request, spider=self.crawler.spider)
            turn: Deferred[Any] = Deferred()
            slot.queue.append((request, turn))
            self._process_queue(slot)
            if request not in slot.transferring:
                await maybe_deferred_to_future(turn)
            return await self._download(slot, request)
        finally:
            slot.active.remove(request)

    def _give_turn(self, slot: Slot) -> None:
        """To the request that waited longest. It has its seat from now on, and is sent when its task goes on."""
        request, waiting = slot.queue.popleft()
        slot.transferring.add(request)
        turn: Deferred[Any] = waiting
        turn.callback(None)

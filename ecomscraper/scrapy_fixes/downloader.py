"""Concurrency limits that hold, and a stop that does not wait for what was never sent.

The first defect (Scrapy 2.14.2 to 2.19.0, absent in 2.13.4): with `DOWNLOAD_DELAY = 0` on the asyncio reactor
neither `CONCURRENT_REQUESTS_PER_DOMAIN` nor the `concurrency` of `DOWNLOAD_SLOTS` is kept.
`Downloader._process_queue` takes a request off the queue and only *schedules* its download; the request
enters `slot.transferring`, which is what `free_transfer_slots()` counts, when that task first runs. Until
then every request of the queue finds a free seat.

Measured by a server that counts requests in flight, 48 requests, `CONCURRENT_REQUESTS = 16`: a limit of 1
gave 15 at once, a limit of 4 gave 12; with this class exactly the limit. A delay hides the defect,
because it lets one request go at a time.

The second: a stopped crawl still sends every request that waits in a slot's queue, one delay after the
other. Measured with a delay of 5 s and 8 requests queued: SIGINT took 40 s to end the crawl.

It may go when the tests of plain Scrapy in `tests/scrapy_fixes/test_downloader.py` find both mended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader import Downloader as ScrapyDownloader
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy.core.downloader import Slot
    from scrapy.crawler import Crawler
    from scrapy.http import Request, Response
    from twisted.internet.defer import Deferred


class CrawlIsEnding(IgnoreRequest):
    """The request was never sent, because the crawl stops."""


def is_ending(crawler: Crawler) -> bool:
    """Whether the crawl is being stopped: what is in flight is awaited, nothing else is sent."""
    engine = crawler.engine
    return not engine.running or engine._slot is None or engine._slot.closing is not None


class Downloader(ScrapyDownloader):
    """Scrapy's downloader, which reserves a request's seat at the moment the request leaves the queue.

    For the setting `DOWNLOADER`. The seat is the request's place in `slot.transferring`, a set: the
    download adds itself to it again, which changes nothing, and removes itself whatever happens, so a
    reservation ends where a download ends.
    """

    def _wait_for_download(
        self, slot: Slot, request: Request, queue_dfd: Deferred[Response]
    ) -> Coroutine[Any, Any, None]:
        # No coroutine function: the queue calls it at once, and what it returns starts later.
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)

    _SLOT_GC_INTERVAL = 0.25  # seconds; default 60: nothing else tells a downloader that the crawl stops

    def _slot_gc(self, age: float = 60) -> None:
        if is_ending(self.crawler):
            for slot in self.slots.values():
                while slot.queue:
                    _, queue_dfd = slot.queue.popleft()
                    queue_dfd.errback(CrawlIsEnding("the crawl stops"))
        super()._slot_gc(age)

"""Concurrency limits that hold.

The defect (Scrapy 2.14.2 to 2.19.0, absent in 2.13.4): with `DOWNLOAD_DELAY = 0` on the asyncio reactor
neither `CONCURRENT_REQUESTS_PER_DOMAIN` nor the `concurrency` of `DOWNLOAD_SLOTS` is kept.
`Downloader._process_queue` takes a request off the queue and only *schedules* its download; the request
enters `slot.transferring`, which is what `free_transfer_slots()` counts, when that task first runs. Until
then every request of the queue finds a free seat.

Measured by a server that counts requests in flight, 48 requests, `CONCURRENT_REQUESTS = 16`: a limit of 1
gave 15 at once, a limit of 4 gave 12; with this class exactly the limit. A delay hides the defect,
because it lets one request go at a time.

It may go when the test of plain Scrapy in `tests/scrapy_fixes/test_downloader.py` finds the limits kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.core.downloader import Downloader as ScrapyDownloader

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy.core.downloader import Slot
    from scrapy.http import Request, Response
    from twisted.internet.defer import Deferred


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

"""Scrapy's feed exports (`-O`, `FEEDS`), fed by a cursor over the ledger instead of by the items as they come.

The cursor writes on, after each commit and in the writer's thread, while the next position is settled:
rows come in page order at flat memory, and a resumed crawl writes the whole feed again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.extensions.feedexport import FeedExporter, FeedSlot, ItemFilter, apply_uri_params
from sqlalchemy import Connection

from ecomscraper.exceptions import EcomscraperError
from ecomscraper.feeds.atomic import AtomicFileStorage
from ecomscraper.feeds.json_rows import KnownRows
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.of_crawler import crawl_of
from ecomscraper.ledger.results import settled_pages
from ecomscraper.verdict.facts import FeedResult

logger = logging.getLogger(__name__)

READS_A_COMMIT = 8  # chunks of pages written after one commit at most: the next batch waits for it


class LedgerFeeds(FeedExporter):
    """The feeds of a crawl with a ledger; for any other spider, Scrapy's own."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._crawl = crawl_of(crawler)
        self._position = 0  # of the last page that was written
        self._rows: dict[str, int] = {}  # by URI
        self._errors: dict[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        exporter = super().from_crawler(crawler)
        if exporter._crawl is not None:  # its items come from the ledger
            crawler.signals.disconnect(exporter.item_scraped, signals.item_scraped)
        return exporter

    def results(self) -> tuple[FeedResult, ...]:
        """What became of each feed, for the verdict."""
        uris = dict.fromkeys([*self._rows, *self._errors])
        return tuple(FeedResult(uri, self._rows.get(uri, 0), self._errors.get(uri)) for uri in uris)

    def open_spider(self, spider: Spider) -> None:
        super().open_spider(spider)
        if self._crawl is None:
            return
        self._loop = asyncio.get_running_loop()
        if self._crawl.worker is None:  # else the one that ends the crawl writes it all then, whoever that will be
            self._reserve_all()
            self._crawl.ledger.watch(after_commit=self._write_on)

    async def close_spider(self, spider: Spider) -> None:
        if self._crawl is not None:
            await self._close_feeds(self._crawl)
        await super().close_spider(spider)

    async def _close_feeds(self, crawl: Crawl) -> None:
        """Write what is left to write, unless another worker does."""
        try:
            if await crawl.is_ended_here():
                if crawl.worker is not None:
                    self._reserve_all()
                await crawl.ledger.read(self._write_rest)
                return
        except EcomscraperError as error:
            self._fail_all(str(error))
            return
        self.slots = []

    async def _close_slot(self, slot: FeedSlot, spider: Spider) -> None:
        """Scrapy's own is silent where an exporter cannot finish, and counts where a storage cannot store."""
        if self._crawl is None:
            await super()._close_slot(slot, spider)
            return
        failed_before = self._failures()
        if slot.uri not in self._errors:
            try:
                slot.finish_exporting()
                if isinstance(slot.storage, AtomicFileStorage):
                    slot.storage.sync()  # a full disk shows here, and is told in one line
                await super()._close_slot(slot, spider)
            except Exception as error:  # an exporter's bug must not cost the other feeds
                self._fail(slot, error)
        if self._failures() > failed_before:
            self._errors.setdefault(slot.uri, "its storage failed; the log says why")
        if isinstance(slot.storage, AtomicFileStorage):
            slot.storage.release()

    def _reserve_all(self) -> None:
        self.slots = [slot for slot in self.slots if self._reserve(slot)]

    def _reserve(self, slot: FeedSlot) -> bool:
        self._rows.setdefault(slot.uri, 0)
        if isinstance(slot.storage, AtomicFileStorage):
            try:
                slot.storage.reserve()
            except EcomscraperError as error:
                self._fail(slot, error)
                return False
        return True

    def _get_uri_params(self, spider: Spider, *args: Any, **options: Any) -> dict[str, Any]:
        params: dict[str, Any] = super()._get_uri_params(spider, *args, **options)
        if self._crawl is not None:
            params |= {"site": self._crawl.profile.name, "crawl": self._crawl.ledger.crawl_id}
        return params

    # ---- in the writer's thread ----

    def _write_on(self, connection: Connection) -> None:
        for _ in range(READS_A_COMMIT):
            if not self._write_chunk(connection):
                return

    def _write_rest(self, connection: Connection) -> None:
        while self._write_chunk(connection, to_the_end=True):
            pass

    def _write_chunk(self, connection: Connection, *, to_the_end: bool = False) -> bool:
        """Write the next settled pages; whether there may be more."""
        assert self._crawl is not None
        if len(self._errors) == len(self._rows):
            return False
        ledger = self._crawl.ledger
        found = settled_pages(
            connection,
            ledger.crawl_id,
            self._position,
            self._crawl.item_class,
            to_the_end=to_the_end,
            fresh=ledger.fresh,
        )
        self.slots = [self._write_all(slot, found.items) for slot in self.slots]
        self._position = found.position
        ledger.fresh.forget_until(self._position)
        return found.more

    def _write_all(self, slot: FeedSlot, items: Sequence[Any]) -> FeedSlot:
        """Write many rows; the slot for the next ones. At once where each needs no look: half of the time for each."""
        if items and self._takes_every_row(slot) and self._export(slot, items):
            return slot
        for item in items:
            slot = self._write(slot, item)
        return slot

    def _takes_every_row(self, slot: FeedSlot) -> bool:
        """Whether it looks at none, and does not end with one."""
        looks = type(slot.filter) is not ItemFilter or slot.filter.item_classes
        ends = self.feeds[slot.uri_template]["batch_item_count"]
        return slot.uri not in self._errors and not looks and not ends

    def _write(self, slot: FeedSlot, item: Any) -> FeedSlot:
        """Write one row; the slot for the next one."""
        if slot.uri in self._errors or not slot.filter.accepts(item) or not self._export(slot, [item]):
            return slot
        batch = self.feeds[slot.uri_template]["batch_item_count"]
        return self._next_batch(slot) if batch and slot.itemcount >= batch else slot

    def _export(self, slot: FeedSlot, items: Sequence[Any]) -> bool:
        """Write one row, or many at once; False where that failed, or the exporter takes one after the other only."""
        try:
            slot.start_exporting()
            exporter = slot.exporter
            assert exporter is not None
            if len(items) == 1:
                exporter.export_item(items[0])
            elif not isinstance(exporter, KnownRows) or not exporter.export_items(items):
                return False
        except Exception as error:  # disk full, or an exporter's bug: it must not cost the crawl
            self._fail(slot, error)
            return False
        slot.itemcount += len(items)
        self._rows[slot.uri] += len(items)
        return True

    def _next_batch(self, slot: FeedSlot) -> FeedSlot:
        """Close a full file and open the next one (FEED_EXPORT_BATCH_ITEM_COUNT)."""
        assert self._loop is not None
        options = self.feeds[slot.uri_template]
        params = self._get_uri_params(slot.spider, options["uri_params"], slot)
        self._loop.call_soon_threadsafe(self._schedule_slot_close, slot, slot.spider)
        following = self._start_new_batch(
            batch_id=slot.batch_id + 1,
            uri=apply_uri_params(slot.uri_template, params),
            feed_options=options,
            spider=slot.spider,
            uri_template=slot.uri_template,
        )
        self._reserve(following)
        return following

    # ---- failures ----

    def _fail(self, slot: FeedSlot, error: Exception) -> None:
        self._errors[slot.uri] = str(error) or type(error).__name__
        logger.error("%s: %s", slot.uri, self._errors[slot.uri])
        self.crawler.stats.inc_value(f"feedexport/failed_count/{type(slot.storage).__name__}")

    def _fail_all(self, error: str) -> None:
        for uri in self._rows:
            self._errors.setdefault(uri, error)

    def _failures(self) -> int:
        stats = self.crawler.stats.get_stats()
        return sum(value for name, value in stats.items() if name.startswith("feedexport/failed_count/"))

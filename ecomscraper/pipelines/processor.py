"""Sends a page's items through the pipelines as one bundle, instead of one after the other.

A pipeline with `process_page(bundle)` gets the bundle; one with `process_item(item)` only, other people's,
gets each of its items. Every item still has its signal `item_scraped` or `item_dropped`.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any

from pydispatch.dispatcher import getAllReceivers, liveReceivers  # type: ignore[import-untyped]
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from scrapy.extensions.corestats import CoreStats
from scrapy.pipelines import ItemPipelineManager
from scrapy.utils.defer import ensure_awaitable

from ecomscraper.items import Bundle

Stage = Callable[[Bundle], Any]
"""Gives None, or what is to be waited for."""


class PageProcessor(ItemPipelineManager):
    """Scrapy's item pipelines, a page at a time. The value of the setting ITEM_PROCESSOR."""

    def __init__(self, *middlewares: Any, crawler: Crawler | None = None) -> None:
        self._stages: list[Stage] = []
        super().__init__(*middlewares, crawler=crawler)

    def _add_middleware(self, mw: Any) -> None:
        super()._add_middleware(mw)
        if hasattr(mw, "process_page"):
            self._stages.append(mw.process_page)
        elif hasattr(mw, "process_item"):
            self._stages.append(self._item_stage(mw.process_item))

    async def process_item_async(self, item: Any) -> Any:
        if not isinstance(item, Bundle):
            return await super().process_item_async(item)
        for stage in self._stages:
            if (waits := stage(item)) is not None:
                await ensure_awaitable(waits)
        if not item.items:
            raise DropItem(f"page {item.position} has no valid item: {item.url}")
        if len(item.items) > 1:
            await self._scraped(item.items[:-1])
        return item.items[-1]  # Scrapy sends the signal of what is returned

    def _item_stage(self, method: Callable[..., Any]) -> Stage:
        async def each_item(bundle: Bundle) -> None:
            kept = []
            for item in bundle.items:
                wants_spider = method in self._mw_methods_requiring_spider
                try:
                    result = method(item, self._spider) if wants_spider else method(item)
                    kept.append(await ensure_awaitable(result))
                except DropItem as error:
                    bundle.invalid += 1
                    await self._send(signals.item_dropped, item=item, exception=error)
            bundle.items = kept

        return each_item

    async def _scraped(self, items: list[Any]) -> None:
        crawler = self.crawler
        assert crawler is not None
        receivers = list(liveReceivers(getAllReceivers(crawler.signals.sender, signals.item_scraped)))
        if crawler.settings["ECOM_ENGINE"] == "fast" and all(map(_only_counts, receivers)):
            for receiver in receivers:  # 0.2 ms a page with 16 items, if each is told of each
                receiver.__self__.stats.inc_value("item_scraped_count", len(items))
            return
        if not all(map(_answers_at_once, receivers)):
            for item in items:
                await self._send(signals.item_scraped, item=item)
            return
        for item in items:  # 8 µs each instead of 28
            crawler.signals.send_catch_log(signal=signals.item_scraped, item=item, response=None, spider=crawler.spider)

    async def _send(self, signal: Any, **arguments: Any) -> None:
        crawler = self.crawler
        assert crawler is not None
        await crawler.signals.send_catch_log_async(signal=signal, response=None, spider=crawler.spider, **arguments)


def _only_counts(receiver: Any) -> bool:
    return type(getattr(receiver, "__self__", None)) is CoreStats


def _answers_at_once(receiver: Any) -> bool:
    """Whether a receiver leaves nothing to wait for: one of Scrapy's or ours that is no coroutine."""
    module = getattr(receiver, "__module__", "") or ""
    return module.partition(".")[0] in {"scrapy", "ecomscraper"} and not iscoroutinefunction(receiver)

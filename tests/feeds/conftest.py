"""A crawl that settles given pages in a given order and asks no shop for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request

from ecomscraper.items import Bundle, Title
from ecomscraper.ledger.ledger import PageFailure
from ecomscraper.spiders.ecommerce import EcommerceSpider

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def settle(crawl, tmp_path: Path) -> Callable[..., Awaitable[Any]]:
    """`await settle(order, feeds, texts={2: "…"}, failed={3}, **settings)` settles pages 1 to len(order) in `order`.

    Titles are `Page N` unless `texts` says otherwise. A batch is one page, so that the feed sees every order.
    """

    async def run(
        order: Sequence[int],
        feeds: dict[str, Any],
        *,
        texts: dict[int, str] | None = None,
        failed: Sequence[int] = (),
        **settings: Any,
    ) -> Any:
        (tmp_path / "urls.txt").write_text("".join(f"http://shop.example/{n}\n" for n in sorted(order)))

        class SettlingSpider(EcommerceSpider):
            async def start(self) -> AsyncIterator[Request]:
                for position in order:
                    if position in failed:
                        await self.crawl.settle(PageFailure(position, "timeout"))
                        continue
                    text = (texts or {}).get(position, f"Page {position}")
                    url = f"http://shop.example/{position}"
                    title = Title(position, text, text, "", url, url, NOON)
                    await self.crawl.settle(Bundle(position, [title], url, url, 200, NOON, 1000))
                for request in ():  # a generator that gives nothing
                    yield request

        return await crawl(
            SettlingSpider,
            {"FEEDS": feeds, "ECOM_LEDGER_BATCH_PAGES": 1, "LOG_ENABLED": False} | settings,
            urls=str(tmp_path / "urls.txt"),
        )

    return run

"""The figures of a crawl and of those before it, as the database has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from ecomscraper.ledger.crawls import fetched_by
from ecomscraper.ledger.tables import crawls, products
from ecomscraper.notice.comparison import Figures, PriceRange, worse
from ecomscraper.verdict.verdict import COMPLETE, INCOMPLETE

MOST_EARLIER = 5  # crawls that are compared with
COVERED = ("price", "currency", "availability", "sku", "brand", "gtin", "image_url", "rating", "description", "url")
_SAME_WORK = ("start", "url", "urls", "pages", "details")  # arguments that say what is read


def worse_than_before(connection: Connection, crawl_id: int, *, tolerance: float) -> tuple[list[str], list[int]]:
    """(in words what is worse than in the last crawls of the same, the numbers of these crawls)."""
    row = connection.execute(select(crawls).where(crawls.c.id == crawl_id)).one()
    earlier = [figures(connection, each) for each in earlier_crawls(connection, row)]
    found = worse(figures(connection, row), earlier, tolerance=tolerance, outside=_prices_outside(connection, crawl_id))
    return found, [each.crawl_id for each in earlier]


def earlier_crawls(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """The last crawls of the same pages of the same site that ran to their end, the newest first.

    By when the shop was asked; of a crawl that was read again the last reading counts.
    """
    asked_at = row.reparsed_from or row.id
    query = (
        select(crawls)
        .where(
            crawls.c.site == row.site,
            crawls.c.spider == row.spider,
            crawls.c.exit_code.in_((COMPLETE, INCOMPLETE)),
            fetched_by < asked_at,
        )
        .order_by(fetched_by.desc(), crawls.c.id.desc())
    )
    same = [each for each in connection.execute(query) if _work(each) == _work(row)]
    readings = {each.reparsed_from or each.id: each for each in reversed(same)}
    return list(readings.values())[::-1][:MOST_EARLIER]


def figures(connection: Connection, row: Row[Any]) -> Figures:
    """Of a crawl that ended."""
    verdict = row.verdict or {}
    failed = sum(each["count"] for each in verdict.get("failed", {}).values())
    return Figures(
        crawl_id=row.id,
        items=verdict.get("items", 0),
        pages=verdict.get("stored", 0) + verdict.get("pending", 0) + failed,
        failed=failed,
        coverage=_coverage(connection, row.id),
        prices=_prices(connection, row.id),
    )


def _work(row: Row[Any]) -> dict[str, Any]:
    return {name: row.arguments[name] for name in _SAME_WORK if name in row.arguments}


def _coverage(connection: Connection, crawl_id: int) -> dict[str, float]:
    counts = [func.count(products.c[name]) for name in COVERED]
    total, *having = connection.execute(select(func.count(), *counts).where(products.c.crawl_id == crawl_id)).one()
    return {name: count / total for name, count in zip(COVERED, having, strict=True)} if total else {}


def _prices(connection: Connection, crawl_id: int) -> dict[str, PriceRange]:
    query = (
        select(products.c.currency, func.min(products.c.price), func.max(products.c.price))
        .where(products.c.crawl_id == crawl_id, products.c.price.is_not(None))
        .group_by(products.c.currency)
    )
    return {currency or "": PriceRange(low, high) for currency, low, high in connection.execute(query)}


def _prices_outside(connection: Connection, crawl_id: int) -> Callable[[str, PriceRange], int]:
    def count(currency: str, usual: PriceRange) -> int:
        query = select(func.count()).where(
            products.c.crawl_id == crawl_id,
            products.c.currency == currency if currency else products.c.currency.is_(None),
            or_(products.c.price < usual.lowest, products.c.price > usual.highest),
        )
        return connection.scalar(query) or 0

    return count

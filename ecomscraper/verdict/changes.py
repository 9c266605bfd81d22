"""What changed in a shop between two crawls of its products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select

from ecomscraper.exceptions import ArgumentError
from ecomscraper.ledger.crawls import fetched_by
from ecomscraper.ledger.tables import crawls, products

SPIDER = "products"


class Change(NamedTuple):
    """One product that is not as it was."""

    change: str  # new, gone, price or availability
    name: str
    before: str | None
    after: str | None
    currency: str | None
    key: str  # its URL; without one its SKU and name


def two_crawls(connection: Connection, site: str) -> tuple[int, int]:
    """The last two complete crawls of a site's products, the earlier first. Raises ArgumentError without two.

    They are told apart by when the shop was asked: of a crawl that was read again the last reading counts.
    """
    query = (
        select(func.max(crawls.c.id))
        .where(crawls.c.site == site, crawls.c.spider == SPIDER, crawls.c.exit_code == 0)
        .group_by(fetched_by)
        .order_by(fetched_by.desc())
        .limit(2)
    )
    found = list(connection.scalars(query))
    if len(found) < 2:
        raise ArgumentError(
            f"site {site} has {len(found)} complete crawls of its products, two are compared: "
            f"scrapy crawl products -a site={site}"
        )
    return found[1], found[0]


def changes(connection: Connection, before: int, after: int) -> Iterator[Change]:
    """New products, those that are gone, other prices, other availability; each kind in the order of the keys."""
    old, new = products.alias("old"), products.alias("new")
    same = and_(old.c.key == new.c.key, old.c.crawl_id == before)
    yield from _one_sided(connection, "new", after, before)
    yield from _one_sided(connection, "gone", before, after)
    for name in ("price", "availability"):
        was, now = old.c[name], new.c[name]
        differ = or_(was != now, and_(was.is_(None), now.is_not(None)), and_(was.is_not(None), now.is_(None)))
        query = (
            select(new.c.name, was, now, new.c.currency, new.c.key)
            .join(old, same)
            .where(new.c.crawl_id == after, differ)
            .order_by(new.c.key)
        )
        for title, value_before, value_after, currency, key in connection.execute(query):
            yield Change(name, title, _text(value_before), _text(value_after), currency, key)


def _one_sided(connection: Connection, change: str, has: int, lacks: int) -> Iterator[Change]:
    one, other = products.alias(), products.alias()
    elsewhere = select(1).where(other.c.crawl_id == lacks, other.c.key == one.c.key).exists()
    query = (
        select(one.c.name, one.c.price, one.c.currency, one.c.key)
        .where(one.c.crawl_id == has, ~elsewhere)
        .order_by(one.c.key)
    )
    for name, price, currency, key in connection.execute(query):
        before, after = (None, _text(price)) if change == "new" else (_text(price), None)
        yield Change(change, name, before, after, currency, key)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

"""Prices of a crawl, by currency, and what changed since another crawl: counted by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, and_, case, cast, func, or_, select

from ecomscraper.ledger.tables import products

CLASSES = 24  # of a distribution
MOST_CURRENCIES = 3
WIDE = 50  # from the lowest price to the highest: beyond it classes grow by a factor, not by an amount
MOST_EXAMPLES = 10
LONGEST_TEXT = 300  # characters of a name or a URL that are read


@dataclass(frozen=True, slots=True)
class PriceClass:
    lowest: float
    highest: float
    count: int


@dataclass(frozen=True, slots=True)
class Prices:
    """Of one currency."""

    currency: str  # "" where the shop does not say
    count: int
    lowest: Decimal
    median: Decimal
    highest: Decimal
    classes: tuple[PriceClass, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceChange:
    name: str
    before: Decimal
    after: Decimal
    currency: str
    url: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Since another crawl."""

    since: int
    new: int
    gone: int
    dearer: int
    cheaper: int
    availability: int
    largest: tuple[PriceChange, ...]  # changes of a price, by their share


def prices(connection: Connection, crawl_id: int) -> tuple[Prices, ...]:
    """Of the currencies that most products have."""
    query = (
        select(products.c.currency, func.count(), func.min(products.c.price), func.max(products.c.price))
        .where(products.c.crawl_id == crawl_id, products.c.price.is_not(None))
        .group_by(products.c.currency)
        .order_by(func.count().desc(), products.c.currency)
        .limit(MOST_CURRENCIES)
    )
    found = []
    for currency, count, lowest, highest in connection.execute(query).all():
        of_it = and_(*_of_currency(crawl_id, currency))
        median = connection.scalar(
            select(products.c.price).where(of_it).order_by(products.c.price).offset((count - 1) // 2).limit(1)
        )
        assert median is not None  # there are so many
        classes = _classes(connection, of_it, edges(float(lowest), float(highest)))
        found.append(Prices(currency or "", count, lowest, median, highest, classes))
    return tuple(found)


def edges(lowest: float, highest: float) -> list[float]:
    """Where classes begin, and where the last one ends: equally wide ones, or of equal factors where they are wide."""
    if lowest == highest:
        return [lowest, highest]
    if lowest > 0 and highest / lowest > WIDE:
        factor = (highest / lowest) ** (1 / CLASSES)
        return [*(lowest * factor**number for number in range(CLASSES)), highest]
    step = (highest - lowest) / CLASSES
    return [*(lowest + step * number for number in range(CLASSES)), highest]


def changes_since(connection: Connection, before: int, after: int) -> Changes:
    """What is not in `after` as it was in `before`."""
    old, new = products.alias("old"), products.alias("new")
    same = and_(old.c.key == new.c.key, old.c.crawl_id == before)
    differ = or_(
        old.c.availability != new.c.availability,
        and_(old.c.availability.is_(None), new.c.availability.is_not(None)),
        and_(old.c.availability.is_not(None), new.c.availability.is_(None)),
    )
    dearer, cheaper, availability = connection.execute(
        select(
            func.count().filter(new.c.price > old.c.price),
            func.count().filter(new.c.price < old.c.price),
            func.count().filter(differ),
        )
        .select_from(new.join(old, same))
        .where(new.c.crawl_id == after)
    ).one()
    share = func.abs(cast(new.c.price, Float) / cast(old.c.price, Float) - 1)
    largest = (
        select(_cut(new.c.name), old.c.price, new.c.price, new.c.currency, _cut(new.c.key))
        .select_from(new.join(old, same))
        .where(new.c.crawl_id == after, new.c.price != old.c.price, old.c.price > 0)
        .order_by(share.desc(), new.c.key)
        .limit(MOST_EXAMPLES)
    )
    return Changes(
        since=before,
        new=_only_in(connection, after, before),
        gone=_only_in(connection, before, after),
        dearer=dearer,
        cheaper=cheaper,
        availability=availability,
        largest=tuple(
            PriceChange(name, was, now, currency or "", url)
            for name, was, now, currency, url in connection.execute(largest)
        ),
    )


def _classes(connection: Connection, of_it: ColumnElement[bool], bounds: Sequence[float]) -> tuple[PriceClass, ...]:
    inner = bounds[1:-1]
    price = cast(products.c.price, Float)
    number = case(*((price < bound, at) for at, bound in enumerate(inner)), else_=len(inner)) if inner else None
    if number is None:
        count = connection.scalar(select(func.count()).where(of_it)) or 0
        return (PriceClass(bounds[0], bounds[-1], count),)
    numbered = select(number.label("number")).where(of_it).subquery()
    by_class = select(numbered.c.number, func.count()).group_by(numbered.c.number)
    counts = {row[0]: row[1] for row in connection.execute(by_class)}
    return tuple(PriceClass(bounds[at], bounds[at + 1], counts.get(at, 0)) for at in range(len(bounds) - 1))


def _of_currency(crawl_id: int, currency: str | None) -> tuple[ColumnElement[bool], ...]:
    is_it = products.c.currency.is_(None) if currency is None else products.c.currency == currency
    return products.c.crawl_id == crawl_id, is_it, products.c.price.is_not(None)


def _only_in(connection: Connection, has: int, lacks: int) -> int:
    one, other = products.alias(), products.alias()
    elsewhere = select(1).where(other.c.crawl_id == lacks, other.c.key == one.c.key).exists()
    return connection.scalar(select(func.count()).select_from(one).where(one.c.crawl_id == has, ~elsewhere)) or 0


def _cut(text: Any) -> ColumnElement[str]:
    return func.substr(text, 1, LONGEST_TEXT)

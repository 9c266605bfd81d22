"""A product's values: as an item has them, and as the database gives them back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain, islice, repeat
from operator import attrgetter
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator

from ecomscraper.items import Product
from ecomscraper.ledger.column_types import Moment, Money
from ecomscraper.ledger.many_rows import Values
from ecomscraper.pages.currencies import NO_DECIMALS

CENT = Decimal("0.01")
OF_SIGHTINGS = {"page", "position", "listings"}
NAMES = [  # in the order of `Product`, where `OF_SIGHTINGS` stand around them
    name for name in Product.__dataclass_fields__ if name not in OF_SIGHTINGS
]
OF_ITS_PAGE = ("crawl_id", "key", "source_position")  # before the values, in a row
values_of = attrgetter(*NAMES)
_TYPES = {
    name: set(get_args(hint)) if isinstance(hint, UnionType) else {get_origin(hint) or hint}
    for name, hint in get_type_hints(Product).items()
}
PRICES = ("price", "regular_price")
MONEY, MOMENT = Money(), Moment()


def as_read(rows: Sequence[tuple[int, int, Values]], dialect: Dialect) -> list[Product] | None:
    """The products of (page, place, row), as they would come back from a database that has these rows.

    None where only it knows: another type than the column's, an amount that is not a positive number.
    """
    if not rows:
        return []
    pages, places, values = zip(*rows, strict=True)
    given = dict(zip(NAMES, islice(zip(*values, strict=True), len(OF_ITS_PAGE), None), strict=True))
    if not all(set(map(type, column)) <= _TYPES[name] for name, column in given.items()) or not _are_texts(
        given["source"]
    ):
        return None
    columns: dict[str, Iterable[Any]] = {
        **given,
        **{name: map(_price, given[name], given["currency"], repeat(dialect)) for name in PRICES},
        "rating": map(_changed, repeat(MONEY), given["rating"], repeat(dialect)),
        "fetched_at": map(_changed, repeat(MOMENT), given["fetched_at"], repeat(dialect)),
        "source": map(dict, given["source"]),
    }
    try:
        return list(map(Product, pages, places, *columns.values(), map(list, repeat(()))))
    except (TypeError, ValueError):
        return None


def product(page: int, place: int, values: Values, listings: Sequence[str] = ()) -> Product:
    """A product of `values` as the database gives them."""
    every: Values = (page, place, *values, list(listings))
    made = Product(*every)
    made.price = _in_full(made.price, made.currency)
    made.regular_price = _in_full(made.regular_price, made.currency)
    return made


def _read_back(kind: TypeDecorator[Any], value: Any, dialect: Dialect) -> Any:
    """A value that was written and read. Raises ValueError where databases differ."""
    if isinstance(value, Decimal) and (value.is_signed() or not value.is_finite()):
        raise ValueError(value)
    return kind.process_result_value(kind.process_bind_param(value, dialect), dialect)


_changed = lru_cache(maxsize=4096)(_read_back)  # there are few different ratings, and a page has one time


def _are_texts(column: Collection[dict[str, str]]) -> bool:
    """Whether all that the dictionaries hold are texts: JSON may make others of what is none."""
    held = chain(chain.from_iterable(column), chain.from_iterable(map(dict.values, column)))
    return all(issubclass(kind, str) for kind in set(map(type, held)))


@lru_cache(maxsize=4096)  # a shop has few different prices
def _price(amount: Decimal | None, currency: str | None, dialect: Dialect) -> Decimal | None:
    """A price that was written and read. Raises ValueError where databases differ."""
    return _in_full(_read_back(MONEY, amount, dialect), currency)


def _in_full(amount: Decimal | None, currency: str | None) -> Decimal | None:
    """32.0 as the database gives it is 32.00 where the currency has cents."""
    if amount is None or (amount.same_quantum(CENT) and currency not in NO_DECIMALS):  # nearly every price
        return amount
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int):
        return amount
    if currency in NO_DECIMALS:
        return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount
    return amount.quantize(CENT) if exponent > -2 else amount

"""What the columns of the tables hold, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Float, Integer, Numeric, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine

from ecomscraper.items import iso_8601


class Moment(TypeDecorator[datetime]):
    """An aware UTC time: `timestamptz` where the database has it, ISO 8601 text in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(24))  # type: ignore[arg-type]  # text in, text out
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        return iso_8601(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        return value.astimezone(UTC) if isinstance(value, datetime) else None


class Money(TypeDecorator[Decimal]):
    """An amount: `numeric` where the database has it, a number in SQLite; a `Decimal` here, exact to 15 digits."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Float() if dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> object:
        return float(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:
        if isinstance(value, Decimal):  # as a number of SQLite would be: 5.0 for 5 and for 5.00
            value = value.normalize()
            return value.quantize(Decimal("1.0")) if value == value.to_integral_value() else value
        return None if value is None else _amount(value)


@lru_cache(maxsize=4096, typed=True)  # a shop has few different amounts
def _amount(number: object) -> Decimal:
    return Decimal(repr(number))


class Digest(TypeDecorator[str]):
    """The type of `digest`: what it is compared with becomes one, too."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name == "sqlite":
            return value
        return hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()


class digest(GenericFunction[str]):  # a function of SQL
    """A text as an index has it: PostgreSQL indexes none of more than 2,700 bytes, so there it is the text's MD5."""

    type = Digest()
    inherit_cache = True


@compiles(digest, "sqlite")
def _whole_text(element: digest, compiler: SQLCompiler, **options: Any) -> str:
    (value,) = element.clauses
    return compiler.process(value, **options)


@compiles(digest, "postgresql")
def _md5_of_text(element: digest, compiler: SQLCompiler, **options: Any) -> str:
    (value,) = element.clauses
    return f"md5({compiler.process(value, **options)})"


# A number that a shop says may be larger than it means.
ShopNumber = Integer().with_variant(BigInteger, "postgresql")
# Texts that are sorted by, or found in ranges: in the order of their characters, whatever the database's language.
Key = Text().with_variant(Text(collation="C"), "postgresql")

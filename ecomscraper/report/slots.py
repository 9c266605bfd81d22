"""Moments counted from a crawl's beginning and put into slots, by the database itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Float, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class epoch(GenericFunction[float]):  # a function of SQL
    """Seconds since 1970 of a moment."""

    type = Float()
    inherit_cache = True


class whole(GenericFunction[int]):  # a function of SQL
    """The whole part of a number that is ≥ 0: a cast cuts in SQLite, and rounds in PostgreSQL."""

    type = Integer()
    inherit_cache = True


def slot(moment: ColumnElement[Any], began: float, seconds: float) -> ColumnElement[int]:
    """Number of the slot of so many seconds that `moment` falls into, from 0, where `began` is the epoch of slot 0."""
    return whole((epoch(moment) - began) / seconds)


@compiles(epoch, "sqlite")
def _from_text(element: epoch, compiler: SQLCompiler, **options: Any) -> str:
    return f"((julianday({_only(element, compiler, options)}) - 2440587.5) * 86400.0)"


@compiles(epoch, "postgresql")
def _from_timestamp(element: epoch, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(extract(epoch FROM {_only(element, compiler, options)}) AS double precision)"


@compiles(whole, "sqlite")
def _cut(element: whole, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({_only(element, compiler, options)} AS INTEGER)"


@compiles(whole, "postgresql")
def _floor(element: whole, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(floor({_only(element, compiler, options)}) AS integer)"


def _only(element: GenericFunction[Any], compiler: SQLCompiler, options: dict[str, Any]) -> str:
    (value,) = element.clauses
    return compiler.process(value, **options)

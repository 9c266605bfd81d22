"""The columns of a table, from an item's own types: numbers stay numbers, times stay times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_type_hints

_NO_CHARACTERS = {0xFFFE: "\\ufffe", 0xFFFF: "\\uffff"}  # XML has no word for them, JSON has


class Kind(Enum):
    WHOLE = "whole number"
    NUMBER = "number"
    MOMENT = "time, UTC"
    TEXT = "text"


def columns_of(item_class: type) -> dict[str, Kind]:
    """Name and kind of each column. Raises TypeError where `item_class` is no dataclass."""
    if not is_dataclass(item_class):
        raise TypeError(f"{item_class.__name__} is no dataclass")
    hints = get_type_hints(item_class)
    return {field.name: _kind(hints[field.name]) for field in fields(item_class)}


def flat(value: Any, metadata: Mapping[str, Any]) -> Any:
    """`value` for a format that has no objects: they are JSON, and so is a list of a field that says it is nested."""
    if isinstance(value, dict) or (isinstance(value, list) and metadata.get("nested")):
        return json.dumps(value, ensure_ascii=False).translate(_NO_CHARACTERS)
    return value


def cell(value: Any, kind: Kind) -> Any:
    """`value` as a table holds it; what is neither a number nor a time nor a text is JSON."""
    if value is None:
        return None
    if kind is Kind.NUMBER:
        return float(value)
    if kind is Kind.TEXT and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return value


def _kind(hint: Any) -> Kind:
    types = set(get_args(hint)) - {type(None)} or {hint}
    if types == {int}:
        return Kind.WHOLE
    if types <= {Decimal, float, int}:
        return Kind.NUMBER
    return Kind.MOMENT if types == {datetime} else Kind.TEXT

"""JSON feeds are byte for byte what Scrapy's exporters write."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from scrapy import exporters

from ecomscraper.feeds import json_rows
from ecomscraper.items import Answer, Product, Title

MOMENT = datetime(2026, 11, 20, 22, 44, 46, 123000, tzinfo=UTC)
PRODUCT = Product(
    1, 2, "Lämpchen", Decimal("12.30"), None, "EUR", "InStock", None, "“q”", None, "http://x/y.jpg", Decimal("4.5"), 3,
    None, "http://x/y", MOMENT, {"price": "card"}, ["http://x/"],
)  # fmt: skip


class Text(str):
    """A text of another kind, as some libraries give them."""


@dataclass
class Odd:
    """What an item of somebody else's may hold."""

    value: Any
    price: Any = field(default=None, metadata={"serializer": lambda value: value})
    title: str = "100 %s\u2028\x07"


ODD = [
    Odd(value)
    for value in (
        True, 1, 1.0, 1.5, float("inf"), 10**30, Text("t"), b"b".decode(), [], [1, "a"], (), ("a",), {}, {"a": 1},
        {"a": True}, {1: "a"}, {"a": {"b": ["c"]}}, Text(), MOMENT, {"s"}, Decimal("1E+3"), [Decimal("1.10"), MOMENT],
        PRODUCT, None, "\ud800"[:0], "ä\\\"\n",
    )
]  # fmt: skip
ITEMS = [
    *ODD,
    PRODUCT,
    Title(1, "A", "A", "", "http://x/", "http://x/", MOMENT),
    Answer(1, "GET", "http://x/", None, None, None, None, None, {"a": [1, {"b": None}]}, "t\n", "r", "e", 0, None),
    {"other people's": Decimal(1), "when": MOMENT},
]


with_options = pytest.mark.parametrize(
    "options",
    [
        {},
        {"encoding": "utf-8", "indent": 0},
        {"encoding": "utf-8", "indent": 2},
        {"fields_to_export": ["price", "title", "name", "nothing"]},
        {"fields_to_export": {"name": "Name", "price": "Price", "nothing": "x"}},
        {"fields_to_export": {"title": "100 %s", "value": '"v"', "price": "ä"}, "encoding": "utf-8"},
        {"fields_to_export": {"name": "same", "value": "same", "price": "same"}},
        {"encoding": "utf-8", "ensure_ascii": True, "sort_keys": True},
        {"encoding": "utf-8", "separators": (",", ":")},
        {"fields_to_export": ["nothing", "price"], "export_empty_fields": True},
    ],
    ids=str,
)
with_names = pytest.mark.parametrize("name", ["JsonItemExporter", "JsonLinesItemExporter"])


@with_options
@with_names
def test_rows_are_those_of_scrapy(name: str, options: dict[str, Any]) -> None:
    written = []
    for module in (json_rows, exporters):
        file = BytesIO()
        exporter = getattr(module, name)(file, **options)
        exporter.start_exporting()
        for item in ITEMS:
            exporter.export_item(item)
        exporter.finish_exporting()
        written.append(file.getvalue())

    assert written[0] == written[1]
    assert b"12.30" in written[0]


@with_options
@with_names
def test_many_rows_at_once_are_those_of_scrapy(name: str, options: dict[str, Any]) -> None:
    ours, theirs = BytesIO(), BytesIO()
    exporter, of_scrapy = getattr(json_rows, name)(ours, **options), getattr(exporters, name)(theirs, **options)
    for each in (exporter, of_scrapy):
        each.start_exporting()
    for items in ([PRODUCT, PRODUCT], ODD, [], ITEMS, [PRODUCT]):
        at_once = exporter.export_items(items)
        assert at_once == (exporter._rows is not None and items is not ITEMS)
        for item in [] if at_once else items:
            exporter.export_item(item)
        for item in items:
            of_scrapy.export_item(item)
    for each in (exporter, of_scrapy):
        each.finish_exporting()
    assert ours.getvalue() == theirs.getvalue()

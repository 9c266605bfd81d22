"""JSON feeds are byte for byte what Scrapy's exporters write."""

from __future__ import annotations

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
ITEMS = [
    PRODUCT,
    Title(1, "A", "A", "", "http://x/", "http://x/", MOMENT),
    Answer(1, "GET", "http://x/", None, None, None, None, None, {"a": [1, {"b": None}]}, "t\n", "r", "e", 0, None),
    {"other people's": Decimal(1), "when": MOMENT},
]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"encoding": "utf-8", "indent": 0},
        {"encoding": "utf-8", "indent": 2},
        {"fields_to_export": ["price", "title", "name", "nothing"]},
        {"fields_to_export": {"name": "Name", "price": "Price", "nothing": "x"}},
        {"fields_to_export": ["nothing", "price"], "export_empty_fields": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["JsonItemExporter", "JsonLinesItemExporter"])
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

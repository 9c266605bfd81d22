"""XML whose elements are an item's fields and nothing deeper: the keys of somebody's JSON are no names of elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scrapy.exporters import XmlItemExporter

from ecomscraper.feeds.columns import flat


class FlatXmlItemExporter(XmlItemExporter):
    """Scrapy's XML exporter; lists and objects are JSON."""

    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        return super().serialize_field(field, name, flat(value, field))

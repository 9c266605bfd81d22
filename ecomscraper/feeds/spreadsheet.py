"""CSV that is safe to open: a cell that a spreadsheet would run as a formula is shown as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, Any

from scrapy.exporters import CsvItemExporter

from ecomscraper.feeds.columns import flat

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # https://owasp.org/www-community/attacks/CSV_Injection


def safe_cell(value: Any) -> Any:
    """`value`, with an apostrophe before a text that a spreadsheet would run. Numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return f"'{value}"
    return value


class SafeCsvItemExporter(CsvItemExporter):
    """Scrapy's CSV exporter with safe cells, in which lists and objects are JSON.

    It writes no second header line where it appends.
    """

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        if file.seekable() and file.tell() > 0:
            kwargs["include_headers_line"] = False
        super().__init__(file, **kwargs)  # type: ignore[arg-type]  # it takes any binary file

    def serialize_field(self, field: Mapping[str, Any], name: str, value: Any) -> Any:
        return super().serialize_field(field, name, flat(value, field))

    def _build_row(self, values: Iterable[Any]) -> Iterable[Any]:
        return [safe_cell(value) for value in super()._build_row(values)]

"""Feeds as an Excel workbook (extra `tables`): one sheet, a head row, numbers and times as such."""

from __future__ import annotations

from datetime import datetime
from typing import IO, Any

from scrapy.exporters import BaseItemExporter

from ecomscraper.exceptions import StorageError
from ecomscraper.feeds.columns import Kind, cell, columns_of

MOST_ROWS = 1_048_576  # of a sheet, with the head
MOST_CHARACTERS = 32_767  # of a cell


class WorkbookItemExporter(BaseItemExporter):
    """One row an item. Raises StorageError where the sheet is full; `feeds.targets` has made sure of openpyxl."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        import openpyxl
        from openpyxl.cell import WriteOnlyCell

        self._file = file
        self._workbook = openpyxl.Workbook(write_only=True)
        self._sheet = self._workbook.create_sheet("items")
        self._cell = WriteOnlyCell
        self._columns: dict[str, Kind] = {}
        self._rows = 0

    def export_item(self, item: Any) -> None:
        if not self._columns:
            self._columns = columns_of(type(item))
            self._append(list(self._columns))
        self._append([_cell(cell(getattr(item, name), kind)) for name, kind in self._columns.items()])

    def finish_exporting(self) -> None:
        self._workbook.save(self._file)

    def _append(self, row: list[Any]) -> None:
        if self._rows == MOST_ROWS:
            raise StorageError(f"a sheet holds {MOST_ROWS} rows at most; use parquet or csv")
        self._sheet.append([self._text(value) if isinstance(value, str) else value for value in row])
        self._rows += 1

    def _text(self, text: str) -> Any:
        """A text that stays one, whatever it begins with: openpyxl takes "=…" for a formula."""
        one = self._cell(self._sheet, text[:MOST_CHARACTERS])
        one.data_type = "s"
        return one


def _cell(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value  # Excel knows no time zones

"""Feeds as Parquet (extra `tables`): columns of numbers, times and texts, written a row group at a time."""

from __future__ import annotations

from typing import IO, Any

from scrapy.exporters import BaseItemExporter

from ecomscraper.feeds.columns import Kind, cell, columns_of

ROW_GROUP = 10_000  # rows held in memory


class ParquetItemExporter(BaseItemExporter):
    """One row an item. `feeds.targets` has made sure that pyarrow is there."""

    def __init__(self, file: IO[bytes], **kwargs: Any) -> None:
        super().__init__(dont_fail=True, **kwargs)
        import pyarrow
        import pyarrow.parquet

        self._arrow = pyarrow
        self._file = file
        self._rows: list[dict[str, Any]] = []
        self._columns: dict[str, Kind] = {}
        self._writer: Any = None

    def export_item(self, item: Any) -> None:
        if self._writer is None:
            self._begin(type(item))
        self._rows.append({name: cell(getattr(item, name), kind) for name, kind in self._columns.items()})
        if len(self._rows) >= ROW_GROUP:
            self._flush()

    def finish_exporting(self) -> None:
        if self._writer is not None:
            self._flush()
            self._writer.close()

    def _begin(self, item_class: type) -> None:
        arrow = self._arrow
        types = {
            Kind.WHOLE: arrow.int64(),
            Kind.NUMBER: arrow.float64(),
            Kind.MOMENT: arrow.timestamp("ms", tz="UTC"),
            Kind.TEXT: arrow.string(),
        }
        self._columns = columns_of(item_class)
        schema = arrow.schema([(name, types[kind]) for name, kind in self._columns.items()])
        self._writer = arrow.parquet.ParquetWriter(self._file, schema)

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._writer.schema))
            self._rows.clear()

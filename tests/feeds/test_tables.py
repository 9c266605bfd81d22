"""Products as Parquet and as a workbook: numbers are numbers, times are times, texts stay texts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest

from ecomscraper.exceptions import ArgumentError, StorageError
from ecomscraper.feeds import parquet, workbook
from ecomscraper.feeds.targets import check_feeds
from ecomscraper.items import Product

MOMENT = datetime(2026, 11, 20, 22, 44, 46, 123000, tzinfo=UTC)


def product(place: int, name: str = "A lamp") -> Product:
    return Product(
        page=1,
        position=place,
        name=name,
        price=Decimal("32.50"),
        regular_price=None,
        currency="EUR",
        availability="InStock",
        sku=None,
        brand=None,
        gtin="2900000000018",
        image_url=None,
        rating=Decimal("4.5"),
        review_count=7,
        description=None,
        url="https://shop.example/lamp",
        fetched_at=MOMENT,
        source={"price": "card"},
    )


def test_parquet_has_a_column_of_its_own_type_for_each_field(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 2)
    file = BytesIO()
    exporter = parquet.ParquetItemExporter(file)
    exporter.start_exporting()
    for place in (1, 2, 3):
        exporter.export_item(product(place))
    exporter.finish_exporting()

    table = pyarrow.parquet.read_table(BytesIO(file.getvalue()))
    assert table.column("position").to_pylist() == [1, 2, 3]
    row = table.slice(0, 1).to_pylist()[0]
    assert (row["price"], row["regular_price"], row["rating"], row["review_count"]) == (32.5, None, 4.5, 7)
    assert row["fetched_at"] == MOMENT
    assert row["gtin"] == "2900000000018"
    assert row["source"] == '{"price": "card"}'


def test_a_workbook_has_numbers_and_times_and_no_formula() -> None:
    file = BytesIO()
    exporter = workbook.WorkbookItemExporter(file)
    exporter.start_exporting()
    exporter.export_item(product(1, "=1+1"))
    exporter.finish_exporting()

    sheet = openpyxl.load_workbook(BytesIO(file.getvalue())).active
    head, row = ([cell.value for cell in line] for line in sheet.iter_rows())
    found = dict(zip(head, row, strict=True))
    assert (found["price"], found["position"], found["regular_price"]) == (32.5, 1, None)
    assert found["fetched_at"] == MOMENT.replace(tzinfo=None)
    name = sheet.cell(2, head.index("name") + 1)
    assert (name.value, name.data_type) == ("=1+1", "s")


def test_a_sheet_that_is_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    exporter = workbook.WorkbookItemExporter(BytesIO())
    exporter.export_item(product(1))
    with pytest.raises(StorageError, match="a sheet holds 2 rows at most; use parquet or csv"):
        exporter.export_item(product(2))
    exporter.finish_exporting()


@pytest.mark.parametrize(("name", "library"), [("parquet", "pyarrow"), ("xlsx", "openpyxl")])
def test_a_missing_extra_is_named_before_the_crawl(
    name: str, library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / f"p.{name}"
    check_feeds({str(target): {"format": name, "overwrite": True}})
    monkeypatch.setattr("ecomscraper.feeds.targets.find_spec", lambda _: None)
    with pytest.raises(ArgumentError) as refused:
        check_feeds({str(target): {"format": name, "overwrite": True}})
    assert str(refused.value) == f"{target}: this format needs {library}: pip install 'ecomscraper[tables]'"

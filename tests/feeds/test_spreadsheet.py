"""Cells that a spreadsheet shows and does not run."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.feeds.spreadsheet import SafeCsvItemExporter, safe_cell


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1"])
def test_a_formula_becomes_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "a=b", " =1", "1-2", "é", -1, -1.5, None, True])
def test_anything_else_stays(value: object) -> None:
    assert safe_cell(value) is value


@given(st.text())
def test_no_cell_begins_as_a_formula_and_none_is_changed_but_for_its_first_character(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in (text, f"'{text}")


def test_numbers_stay_numbers_and_a_second_header_is_not_written() -> None:
    file = io.BytesIO()
    for _ in range(2):
        exporter = SafeCsvItemExporter(file, fields_to_export=["a", "b"])
        exporter.start_exporting()
        exporter.export_item({"a": -5, "b": "-5"})
        exporter.finish_exporting()
    assert file.getvalue().splitlines() == [b"a,b", b"-5,'-5", b"-5,'-5"]

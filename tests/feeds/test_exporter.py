"""Feeds are a cursor over the ledger: in page order, in every format, each on its own."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import pytest_twisted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy.exporters import JsonLinesItemExporter

HOSTILE = {1: "=cmd|' /C calc'!A0", 2: "+1", 3: "-1", 4: "@SUM(A1)", 5: 'Tables & "Chairs" <b>™ é', 6: "a = b"}


def feed(kind: str, *, overwrite: bool = True, **options: Any) -> dict[str, Any]:
    return {"format": kind, "overwrite": overwrite} | options


def read_titles(path: Path) -> list[str]:
    text = path.read_text()
    match path.suffix:
        case ".json":
            return [row["title"] for row in json.loads(text)]
        case ".jsonl":
            return [json.loads(line)["title"] for line in text.splitlines()]
        case ".csv":
            return [row["title"] for row in csv.DictReader(text.splitlines())]
        case ".xml":
            return [item.findtext("title") or "" for item in ElementTree.fromstring(text)]
    raise ValueError(path.suffix)


def names_in(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))


FORMATS = ["json", "jsonl", "csv", "xml"]


@given(order=st.permutations(range(1, 8)), failed=st.sets(st.integers(1, 7)))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest_twisted.ensureDeferred
async def test_the_feed_is_in_page_order_whatever_came_first(order, failed, settle, tmp_path: Path) -> None:
    target = tmp_path / "t.jsonl"
    target.write_text("old\n")
    await settle(order, {str(target): feed("jsonl")}, failed=failed)
    expected = [f"Page {position}" for position in range(1, 8) if position not in failed]
    assert (read_titles(target) if expected else target.read_text()) == (expected or "old\n")


@pytest_twisted.ensureDeferred
async def test_four_formats_at_once_hold_the_same_rows(settle, tmp_path: Path) -> None:
    targets = {kind: tmp_path / f"t.{kind}" for kind in FORMATS}
    crawled = await settle([3, 1, 2], {str(path): feed(kind) for kind, path in targets.items()})
    expected = ["Page 1", "Page 2", "Page 3"]
    assert {kind: read_titles(path) for kind, path in targets.items()} == dict.fromkeys(FORMATS, expected)
    assert [(result.rows, result.error) for result in crawled.verdict.facts.feeds] == [(3, None)] * 4
    assert crawled.verdict.exit_code == 0


@pytest_twisted.ensureDeferred
async def test_a_json_feed_is_one_object_a_line_with_times_in_iso_8601(settle, tmp_path: Path) -> None:
    await settle([1], {str(tmp_path / "t.json"): feed("json")})
    assert (tmp_path / "t.json").read_text() == (
        '[\n{"page": 1, "title": "Page 1", "name": "Page 1", "site_title": "", "url": "http://shop.example/1", '
        '"final_url": "http://shop.example/1", "fetched_at": "2026-03-01T12:00:00.000Z"}\n]'
    )


@pytest_twisted.ensureDeferred
async def test_only_csv_escapes_what_a_spreadsheet_would_run(settle, tmp_path: Path) -> None:
    targets = {kind: tmp_path / f"t.{kind}" for kind in FORMATS}
    feeds = {str(path): feed(kind) for kind, path in targets.items()}
    await settle(range(1, 7), feeds, texts=HOSTILE)
    plain = list(HOSTILE.values())
    assert read_titles(targets["json"]) == plain
    assert read_titles(targets["jsonl"]) == plain
    assert read_titles(targets["xml"]) == plain
    assert read_titles(targets["csv"]) == [f"'{text}" for text in plain[:4]] + plain[4:]
    assert "™ é" in targets["json"].read_text()  # letters, not their escapes


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
@pytest_twisted.ensureDeferred
async def test_appending_goes_on_behind_what_is_there(settle, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"t.{kind}"
    for _ in range(2):
        await settle([2, 1], {str(target): feed(kind, overwrite=False)})
    assert read_titles(target) == ["Page 1", "Page 2", "Page 1", "Page 2"]


@pytest_twisted.ensureDeferred
async def test_a_crawl_without_results_leaves_the_old_file(settle, tmp_path: Path) -> None:
    target = tmp_path / "t.json"
    target.write_text("old")
    await settle([1, 2], {str(target): feed("json")}, failed=[1, 2])
    assert target.read_text() == "old"
    assert names_in(tmp_path, ".*") == []


@pytest_twisted.ensureDeferred
async def test_batches_are_whole_files_in_order_again_and_again(settle, tmp_path: Path) -> None:
    """The second time shows that every file was given back."""
    template = str(tmp_path / "t-%(batch_id)d.json")
    for _ in range(2):
        crawled = await settle([5, 4, 3, 2, 1], {template: feed("json", batch_item_count=2)})
        assert crawled.verdict.exit_code == 0
    found = {name: read_titles(tmp_path / name) for name in names_in(tmp_path, "t-*.json")}
    assert found == {
        "t-1.json": ["Page 1", "Page 2"],
        "t-2.json": ["Page 3", "Page 4"],
        "t-3.json": ["Page 5"],
    }
    assert names_in(tmp_path, ".*") == []


@pytest_twisted.ensureDeferred
async def test_a_feed_can_be_compressed(settle, tmp_path: Path) -> None:
    target = tmp_path / "t.csv.gz"
    plugins = ["scrapy.extensions.postprocessing.GzipPlugin"]
    await settle([2, 1], {str(target): feed("csv", postprocessing=plugins)})
    rows = list(csv.DictReader(gzip.decompress(target.read_bytes()).decode().splitlines()))
    assert [row["title"] for row in rows] == ["Page 1", "Page 2"]


class LateJsonLines(JsonLinesItemExporter):
    """Breaks when it should end."""

    def finish_exporting(self) -> None:
        raise ZeroDivisionError("at the end")


class EarlyJsonLines(JsonLinesItemExporter):
    """Breaks at its third row."""

    written = 0

    def export_item(self, item: Any) -> None:
        self.written += 1
        if self.written == 3:
            raise ZeroDivisionError("at the third row")
        super().export_item(item)


@pytest.mark.parametrize(("exporter", "error"), [(EarlyJsonLines, "at the third row"), (LateJsonLines, "at the end")])
@pytest_twisted.ensureDeferred
async def test_a_feed_that_breaks_costs_no_other(settle, tmp_path: Path, exporter: type, error: str) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    bad.write_text("old\n")
    crawled = await settle(
        range(1, 8),
        {str(good): feed("jsonl"), str(bad): feed("broken")},
        FEED_EXPORTERS={"broken": exporter},
    )
    assert read_titles(good) == [f"Page {position}" for position in range(1, 8)]
    assert bad.read_text() == "old\n"
    assert [(Path(result.uri).name, result.error) for result in crawled.verdict.facts.feeds] == [
        ("good.jsonl", None),
        ("bad.jsonl", error),
    ]
    assert crawled.verdict.exit_code == 6
    assert f"{bad} could not be written: {error}" in crawled.verdict.lines
    assert crawled.verdict.facts.stored == 7


@pytest_twisted.ensureDeferred
async def test_a_full_disk_costs_no_other_feed(settle, tmp_path: Path) -> None:
    """/dev/full is a disk without room: what is written beside the target goes there."""
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    bad.write_text("old\n")
    (tmp_path / ".bad.jsonl.part").symlink_to("/dev/full")
    crawled = await settle(range(1, 8), {str(bad): feed("jsonl"), str(good): feed("jsonl")})
    assert read_titles(good) == [f"Page {position}" for position in range(1, 8)]
    assert bad.read_text() == "old\n"
    assert [(Path(result.uri).name, bool(result.error)) for result in crawled.verdict.facts.feeds] == [
        ("bad.jsonl", True),
        ("good.jsonl", False),
    ]
    assert crawled.verdict.exit_code == 6
    assert names_in(tmp_path, ".*.part") == []

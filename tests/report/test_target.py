"""Where reports go."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecomscraper.report.target import report_name, report_path


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("1", "data/reports/n.html"),
        ("here.html", "here.html"),
        ("new/", "new/n.html"),
        ("there", "there/n.html"),
        ("there/a.html", "there/a.html"),
    ],
)
def test_a_file_a_folder_or_yes(wanted: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    assert report_path(wanted, tmp_path / "data", "n.html") == tmp_path / expected


def test_a_name_is_that_of_one_file() -> None:
    assert report_name("../x:80/é", "products", 7) == "_x_80__-products-7.html"

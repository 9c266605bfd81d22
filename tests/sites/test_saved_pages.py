"""Saved pages on disk: found, read, written, and never overwritten by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecomscraper.exceptions import ArgumentError, StorageError
from ecomscraper.sites.loader import load_profile
from ecomscraper.sites.saved_pages import SavedPage, case_of, check_case, check_free, saved_pages, write_page

URL = "http://demo.localhost/ecommerce/"


def test_written_page_is_found_and_checked(tmp_path: Path) -> None:
    page = SavedPage(tmp_path / "demo" / "start")
    write_page(page, b"<title>A</title>", "text/html", {"url": URL, "title": "A"})

    assert saved_pages("demo", [tmp_path, tmp_path / "none"]) == [page]
    assert saved_pages("other", [tmp_path]) == []
    assert page.name == "demo/start"
    assert page.check(load_profile("demo").profile) == []


def test_page_keeps_the_charset_of_its_header(tmp_path: Path) -> None:
    page = SavedPage(tmp_path / "demo" / "start")
    write_page(page, "<title>Größe 🙂</title>".encode("utf-16-le"), "text/html; charset=utf-16-le", {"url": URL})

    assert page.document(URL).first("title") == "Größe 🙂"


def test_existing_files_are_kept(tmp_path: Path) -> None:
    page = SavedPage(tmp_path / "demo" / "start")
    check_free(page, force=False)
    write_page(page, b"", "", {"url": URL})

    with pytest.raises(ArgumentError, match=r"page\.html is there already; --force overwrites it"):
        check_free(page, force=False)
    check_free(page, force=True)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("a file")

    with pytest.raises(StorageError, match="cannot be written: Not a directory"):
        write_page(SavedPage(tmp_path / "demo" / "start"), b"", "", {})


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (None, r"expected\.json cannot be read: No such file or directory"),
        ("{", r"expected\.json is no JSON: "),
        ("[]", r"expected\.json must be an object with the page's \"url\""),
        (json.dumps({"url": URL}), r"page\.html cannot be read: No such file or directory"),
    ],
)
def test_case_with_unusable_files(tmp_path: Path, expected: str | None, message: str) -> None:
    (tmp_path / "demo" / "start").mkdir(parents=True)
    if expected is not None:
        (tmp_path / "demo" / "start" / "expected.json").write_text(expected)

    with pytest.raises(ValueError, match=message):
        SavedPage(tmp_path / "demo" / "start").check(load_profile("demo").profile)


def test_unknown_key_is_told(tmp_path: Path) -> None:
    page = SavedPage(tmp_path / "demo" / "start")
    write_page(page, b"", "", {"url": URL, "totl": 3})

    with pytest.raises(ValueError, match=r'expects "totl", which is none of cards, '):
        page.check(load_profile("demo").profile)


@pytest.mark.parametrize(
    ("url", "case"),
    [
        ("https://shop.example/", "start"),
        ("https://shop.example/catalogue/page-2.html", "catalogue_page-2"),
        ("https://shop.example/all/?page=2&sort=name", "all_page_2_sort_name"),
        (f"https://shop.example/{'a' * 90}/7", f"{'a' * 58}_7"),
    ],
)
def test_case_is_named_after_the_url(url: str, case: str) -> None:
    assert case_of(url) == case
    check_case(case)


@pytest.mark.parametrize("name", ["", "..", "a/b", "../a", ".hidden", "a b"])
def test_case_must_be_a_folder(name: str) -> None:
    with pytest.raises(ArgumentError, match="--case"):
        check_case(name)

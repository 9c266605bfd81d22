"""`scrapy site check` as Scrapy runs it: offline, a line a page, and an exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.settings import Settings

PROFILE = 'start = "https://shop.example/"\n[pagination]\npage_url = "?page={page}"\n[listing]\ncard = "li"\n'


def check(*arguments: str) -> int:
    settings = Settings()
    settings.setmodule("ecomscraper.settings", priority="project")
    with pytest.raises(SystemExit) as done:
        execute(["scrapy", "site", "check", *arguments], settings)
    assert isinstance(done.value.code, int)
    return done.value.code


@pytest.fixture
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of profiles with `acme` and its saved page `acme/start`, away from the project's own pages."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.toml").write_text(PROFILE)
    case = tmp_path / "saved_pages" / "acme" / "start"
    case.mkdir(parents=True)
    (case / "page.html").write_text("<title>Acme</title><li></li><li></li>")
    (case / "expected.json").write_text(json.dumps({"url": "https://shop.example/", "title": "Acme", "cards": 2}))
    return tmp_path


def test_all_is_as_expected(sites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("acme", "-s", f"ECOM_SITES_DIR={sites}") == 0
    assert capsys.readouterr() == ("acme/start: ok\n1 saved page: 1 as expected, 0 not\n", "")


def test_differences_are_told_field_by_field(sites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sites / "acme.toml").write_text(PROFILE.replace('"li"', '"ul"'))
    assert check("-s", f"ECOM_SITES_DIR={sites}") == 3
    out, err = capsys.readouterr()
    first, second, last = out.splitlines()
    assert (first, second) == ("acme/start: 1 difference", "  cards: expected 2, found 0")
    assert last.startswith("1 saved page: 0 as expected, 1 not; no saved pages: books_toscrape, demo, ")
    assert err == ""


def test_pages_lie_where_the_setting_says(sites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sites / "saved_pages").rename(sites / "elsewhere")
    arguments = ["-s", f"ECOM_SITES_DIR={sites}", "-s", f"ECOM_SAVED_PAGES_DIR={sites / 'elsewhere'}"]
    assert check("acme", *arguments) == 0
    assert capsys.readouterr().out.startswith("acme/start: ok\n")


def test_case_that_cannot_be_read_is_no_success(sites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sites / "saved_pages" / "acme" / "start" / "page.html").unlink()
    assert check("acme", "-s", f"ECOM_SITES_DIR={sites}") == 3
    assert capsys.readouterr().out.splitlines() == [
        "acme/start: page.html cannot be read: No such file or directory",
        "1 saved page: 0 as expected, 1 not",
    ]


def test_wrong_profile_is_told_after_the_others(sites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sites / "bad.toml").write_text("start = 1\n")
    assert check("-s", f"ECOM_SITES_DIR={sites}") == 2
    out, err = capsys.readouterr()
    assert out.startswith("acme/start: ok\n")
    assert "bad.toml: start = 1, must be a string" in err.splitlines()


def test_the_shipped_profiles_read_their_saved_pages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.chdir(root)
    assert check("-s", "ECOM_SITES_DIR=") == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert all(line.endswith(": ok") for line in lines)
    assert last == f"{len(lines)} saved pages: {len(lines)} as expected, 0 not; no saved pages: demo"

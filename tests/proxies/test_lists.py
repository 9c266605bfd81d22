from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.proxies.lists import list_names, proxy_list

SHAPE = 'ECOM_PROXIES must be a table of lists by name, as in {"mine": "data/proxies.txt", "gate": ["http://…"]}'


def addresses(setting: object, name: str = "mine") -> list[str]:
    return [proxy.address for proxy in proxy_list(setting, name, "proxies.list").proxies]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "proxies.txt"
    path.write_text("\ufeff# mine\n\n a:1 \nhttp://u:p@a:1\na:1\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (["a:1", "socks5://b:2"], ["http://a:1", "socks5://b:2"]),
        ("http://u-{session}:p@a:1", ["http://a:1"]),
        ("u-{session}:p@a:1", ["http://a:1"]),
        (("a:1",), ["http://a:1"]),
    ],
)
def test_a_list_in_the_setting(entry: object, found: list[str]) -> None:
    assert addresses({"mine": entry}) == found


def test_a_list_in_the_environment_is_json(file: Path) -> None:
    setting = json.dumps({"mine": str(file), "gate": ["http://g:1"]})

    assert list_names(setting) == ["mine", "gate"]
    assert addresses(setting) == ["http://a:1", "http://a:1"]  # twice the same is one
    assert addresses(setting, "gate") == ["http://g:1"]


@pytest.mark.parametrize("setting", ["{", '["http://u:s3cret@a:1"]', "s3cret", 7, {"mine": 7}, {"mine": ["a:1", 7]}])
def test_what_is_no_table_of_lists(setting: object) -> None:
    with pytest.raises(ConfigurationError) as raised:
        proxy_list(setting, "mine", "proxies.list")
    assert str(raised.value) == SHAPE
    assert raised.value.__cause__ is None


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError) as raised:
        proxy_list({"mine": ["a:1"], "gate": ["b:1"]}, "mime", "acme.toml: proxies.list")
    assert str(raised.value) == (
        'acme.toml: proxies.list = "mime", ECOM_PROXIES has no list of that name; did you mean mine?'
    )


@pytest.mark.parametrize("setting", ["", {}, None])
def test_no_lists_at_all(setting: object) -> None:
    assert list_names(setting) == []
    with pytest.raises(ConfigurationError, match="there are: none"):
        proxy_list(setting, "mine", "proxies.list")


def test_wrong_lines_are_told_all_at_once_and_no_more_than_five(tmp_path: Path) -> None:
    file = tmp_path / "proxies.txt"
    file.write_text("a:1\nhttp://u:s3cret@b\n" + "ftp://c:1\n" * 9, encoding="utf-8")

    with pytest.raises(ConfigurationError) as raised:
        addresses({"mine": str(file)})

    lines = str(raised.value).splitlines()
    assert [line.partition(f"ECOM_PROXIES: mine: {file}:")[2].partition(":")[0] for line in lines] == list("23456")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no proxy in it, and nothing goes out without one"),
        (b"# none\n\n", "there is no proxy in it, and nothing goes out without one"),
        (b"a:1\n\xff\n", "cannot be read: is not UTF-8: byte 4"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_gives_no_list(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "proxies.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError) as raised:
        addresses({"mine": str(file)})
    assert str(raised.value) == f"ECOM_PROXIES: mine: {file}: {said}"


def test_a_changed_file_is_taken_up(file: Path) -> None:
    watched = proxy_list({"mine": str(file)}, "mine", "proxies.list")
    assert not watched.changed()

    file.write_text("c:3\n", encoding="utf-8")

    assert watched.changed()
    assert [proxy.address for proxy in watched.proxies] == ["http://c:3"]
    assert not watched.changed()


def test_a_changed_file_that_is_wrong_is_told_once_and_leaves_the_old_ones(file: Path) -> None:
    watched = proxy_list({"mine": str(file)}, "mine", "proxies.list")
    before = watched.proxies
    file.write_text("nonsense\n", encoding="utf-8")

    with pytest.raises(ConfigurationError):
        watched.changed()

    assert watched.proxies == before
    assert not watched.changed()


def test_a_file_that_was_only_touched_changes_nothing(file: Path) -> None:
    watched = proxy_list({"mine": str(file)}, "mine", "proxies.list")
    os.utime(file, (1, 1))

    assert not watched.changed()


def test_the_example_shows_every_form() -> None:
    example = Path(__file__).parents[2] / "data" / "proxies.example.txt"

    assert addresses({"mine": str(example)}) == [
        "http://203.0.113.10:8080",
        "http://203.0.113.11:3128",
        "http://203.0.113.12:8080",
        "socks5://203.0.113.13:1080",
        "http://gateway.example:7000",
    ]

"""A feed's file is the old one or a whole new one, and one crawl's at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecomscraper.exceptions import ArgumentError, BusyError, StorageError
from ecomscraper.feeds.atomic import AtomicFileStorage, target_path
from ecomscraper.feeds.targets import APPENDABLE, check_feeds, is_file


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "titles.json"
    path.write_text("old")
    path.chmod(0o640)
    return path


def storage(path: Path, *, overwrite: bool = True) -> AtomicFileStorage:
    return AtomicFileStorage(str(path), feed_options={"overwrite": overwrite})


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_reader_sees_the_old_file_until_the_new_one_is_whole(target: Path) -> None:
    out = storage(target)
    out.reserve()
    file = out.open(None)
    file.write(b"new " * 100_000)
    file.flush()
    assert target.read_text() == "old"
    reader = target.open()
    out.store(file)
    assert target.read_text() == "new " * 100_000
    assert reader.read() == "old"  # who had it open reads it to its end
    reader.close()
    out.release()
    assert names_in(target.parent) == ["titles.json"]
    assert target.stat().st_mode & 0o777 == 0o640


def test_what_is_given_up_leaves_the_old_file_and_nothing_else(target: Path) -> None:
    out = storage(target)
    out.reserve()
    with out.open(None) as file:
        file.write(b"half of it")
    out.release()
    assert target.read_text() == "old"
    assert names_in(target.parent) == ["titles.json"]


def test_what_a_killed_crawl_left_is_written_over(target: Path) -> None:
    part = target.with_name(".titles.json.part")
    part.write_text("left by a process that was killed, and longer than what comes")
    out = storage(target)
    out.reserve()
    file = out.open(None)
    file.write(b"new")
    out.store(file)
    out.release()
    assert target.read_text() == "new"
    assert not part.exists()


def test_appending_writes_to_a_copy(target: Path) -> None:
    out = storage(target, overwrite=False)
    out.reserve()
    file = out.open(None)
    assert file.tell() == 4  # and its line is ended
    file.write(b"and new")
    file.flush()
    assert target.read_text() == "old"
    out.store(file)
    out.release()
    assert target.read_text() == "old\nand new"


def test_a_target_is_one_crawls_at_a_time(target: Path) -> None:
    first, second = storage(target), storage(target)
    first.reserve()
    with pytest.raises(BusyError) as refused:
        second.reserve()
    said = "another crawl is writing it; wait for its end or give another output"
    assert str(refused.value) == f"{target}: {said}"
    first.release()
    second.reserve()
    second.release()


def test_a_target_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder; give the name of a file in it"):
        storage(tmp_path).reserve()
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file/titles\.json: cannot be written: .*/file is not a folder"):
        storage(tmp_path / "file" / "titles.json").reserve()
    with pytest.raises(StorageError, match="cannot be written"):
        storage(Path("/proc/titles.json")).reserve()


def test_a_folder_is_made_for_the_target(tmp_path: Path) -> None:
    out = storage(tmp_path / "new" / "folder" / "t.json")
    out.reserve()
    assert (tmp_path / "new" / "folder").is_dir()
    out.release()


def test_a_target_is_a_path_or_a_file_uri(tmp_path: Path) -> None:
    assert target_path("/data/t.json") == Path("/data/t.json")
    assert target_path("file:///data/t%20t.json") == Path("/data/t t.json")
    assert target_path("t.json") == Path.cwd() / "t.json"


@pytest.mark.parametrize("kind", ["json", "xml", "jsonlines", "jsonl", "jl", "csv"])
def test_appending_is_refused_where_it_would_break_the_file(target: Path, kind: str) -> None:
    feeds = {str(target): {"format": kind, "overwrite": False}}
    if kind in APPENDABLE:
        check_feeds(feeds)
        return
    with pytest.raises(ArgumentError) as refused:
        check_feeds(feeds)
    assert str(refused.value) == (
        f"-o {target}: appending would break a {kind} file; use -O to replace it, or .jsonl or .csv"
    )
    assert target.read_text() == "old"


def test_a_new_file_may_be_of_any_format_and_a_check_leaves_nothing(tmp_path: Path) -> None:
    check_feeds({str(tmp_path / "t.json"): {"format": "json", "overwrite": False}})
    assert names_in(tmp_path) == []


def test_only_files_are_checked() -> None:
    check_feeds({"s3://bucket/t.json": {"format": "json"}, "stdout:": {"format": "json"}})
    assert [is_file(uri) for uri in ("t.json", "/t.json", "file:///t.json", "s3://b/t", "stdout:", "ftp://h/t")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(("before", "after"), [(b"", b"b\n"), (b"a\n", b"a\nb\n"), (b"a", b"a\nb\n")])
def test_a_row_is_never_glued_to_the_last_line_of_another_program(tmp_path: Path, before: bytes, after: bytes) -> None:
    target = tmp_path / "titles.jsonl"
    target.write_bytes(before)
    storage = AtomicFileStorage(str(target), feed_options={"overwrite": False})
    storage.reserve()
    file = storage.open(None)
    file.write(b"b\n")
    storage.store(file)
    storage.release()
    assert target.read_bytes() == after

"""The real command on a disk without room for one of two feeds."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

ROOM_BYTES = 2 * 1024 * 1024  # for any one file; the database needs less
WIDE = 40_000  # spaces before each value of the feed that does not fit: 12 pages of 7 fields are 3.4 MB


def little_room() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, ROOM_BYTES))


@pytest.mark.slow
def test_a_feed_without_room_is_exit_code_6_and_costs_nothing_else(run_scrapy, tmp_path: Path) -> None:
    (tmp_path / "wide.json").write_text("old")
    feeds = {
        "wide.json": {"format": "json", "overwrite": True, "indent": WIDE},
        "t.json": {"format": "json", "overwrite": True},
    }
    ended = run_scrapy("crawl", "ecommerce", "-s", f"FEEDS={json.dumps(feeds)}", preexec_fn=little_room)
    assert ended.returncode == 6, ended.stderr
    assert [row["page"] for row in json.loads((tmp_path / "t.json").read_text())] == list(range(1, 13))
    assert (tmp_path / "wide.json").read_text() == "old"
    assert "wide.json could not be written: [Errno 27] File too large" in ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert "STORAGE FAILED: 12 of 12 pages stored; 0 failed" in last
    assert "12 rows in t.json" in last
    assert "Traceback" not in last
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "t.json", "wide.json"]

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ecomscraper.pages.guards import PageRefused
from ecomscraper.pages.json_answer import open_json
from ecomscraper.pages.json_pointer import pointed


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[]", []),
        (b'{"price": 19.90}', {"price": Decimal("19.90")}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b")]}',\n[1]", [1]),
        (b'for (;;);{"a": null}', {"a": None}),
        ('{"name": "Größe"}'.encode("utf-16"), {"name": "Größe"}),
    ],
)
def test_json_is_read(body: bytes, value: Any) -> None:
    assert open_json(body) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"<html>Sorry</html>", "not_json"),
        (b'{"a": ', "not_json"),
        (b'{"a": 1} and more', "not_json"),
        (b'"\xff"', "not_json"),
        (b"9" * 5000, "not_json"),
        (b"[" * 100_000, "too_deep"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(PageRefused) as refused:
        open_json(body)
    assert refused.value.reason == reason
    assert refused.value.detail


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", {"a": [{"b/c": 1, "~": 2}]}),
        ("/a/0/b~1c", 1),
        ("/a/0/~0", 2),
        ("/a/1", None),
        ("/a/x", None),
        ("/a/0/b/c", None),
    ],
)
def test_a_pointer_names_a_value(pointer: str, found: Any) -> None:
    assert pointed({"a": [{"b/c": 1, "~": 2}]}, pointer) == found

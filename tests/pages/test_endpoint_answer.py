"""A body is JSON, another text, or neither; an error inside is one where it says something."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecomscraper.pages.endpoint_answer import MOST_DEPTH, Body, read_body, said_error


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b'{"a": 1.50}', "application/json", Body({"a": 1.5}, None)),
        (b' \n[1, "\xc3\xa9"]', "text/html", Body([1, "é"], None)),
        (b'\xef\xbb\xbf{"a": 1}', "", Body({"a": 1}, None)),
        (b")]}',\n[1]", "application/json", Body([1], None)),
        (b"42", "application/problem+json; charset=utf-8", Body(42, None)),
        (b'"ok"', "text/json", Body("ok", None)),
        (b"42", "text/plain", Body(None, "42")),
        (b"null", "application/json", Body(None, "null")),
        (b"", "application/json", Body(None, "")),
        (b"<p>caf\xe9</p>", "text/html; charset=iso-8859-1", Body(None, "<p>café</p>")),
        (b"{not json}", "application/json", Body(None, "{not json}")),
        (b'{"a": NaN}', "application/json", Body(None, '{"a": NaN}')),
        (b"[1e999]", "application/json", Body(None, "[1e999]")),
        (b'{"a": "\\ud83d"}', "application/json", Body({"a": "?"}, None)),
        (b'{"a": "\\ud83d\\ude00"}', "application/json", Body({"a": "😀"}, None)),
        (b"\x89PNG\r\n\x1a\n\0\0", "text/plain", Body(None, None)),
        (b"a\0b", "text/plain", Body(None, None)),
        ("\ufeffé".encode("utf-16-le"), "text/plain", Body(None, "é")),
        (b"red \x1b[31m, and \xef\xbf\xbe", "text/plain", Body(None, "red [31m, and ")),
    ],
)
def test_a_body_is_shown_as_what_it_is(body: bytes, content_type: str, expected: Body) -> None:
    found = read_body(body, content_type)

    assert found == expected
    json.dumps(found.json, ensure_ascii=False, allow_nan=False).encode("utf-8")


@pytest.mark.parametrize(("depth", "is_json"), [(MOST_DEPTH, True), (MOST_DEPTH + 1, False), (100_000, False)])
def test_json_of_any_depth_is_no_danger(depth: int, is_json: bool) -> None:
    body = b"[" * depth + b"]" * depth

    assert (read_body(body, "application/json").text is None) == is_json


def test_many_lists_side_by_side_are_not_deep() -> None:
    assert read_body(b"[" + b"[],{}," * 1_000 + b"1]", "").json[-1] == 1


@pytest.mark.parametrize(
    ("value", "pointer", "error"),
    [
        ({"error": "busy"}, "/error", "busy"),
        ({"error": {"code": 7}}, "/error", '{"code": 7}'),
        ({"error": None}, "/error", None),
        ({"error": False}, "/error", None),
        ({"errors": []}, "/errors", None),
        ({"errors": [{"message": "é"}]}, "/errors/0/message", "é"),
        ({"code": 0}, "/code", None),
        ({"code": 12}, "/code", "12"),
        ({"ok": 1}, "/error", None),
        ([], "/error", None),
        ("error", "/error", None),
    ],
)
def test_an_error_is_what_the_pointer_finds_and_is_not_empty(value: Any, pointer: str, error: str | None) -> None:
    assert said_error(value, pointer) == error

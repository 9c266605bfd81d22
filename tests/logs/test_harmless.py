"""What strangers write stays what it says, and does nothing."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.logs.harmless import CONTINUED, harmless, harmless_json, harmless_lines, harmless_text

HOSTILE = "\x1b[31mred\x1b[0m \x9b2J \r\x08over \u202egnp.exe\u202c \u2066x\u2069 \u2028 \x00 \ufeff \U000e0041"
SHOWN = (
    "\\u001b[31mred\\u001b[0m \\u009b2J \\r\\bover \\u202egnp.exe\\u202c \\u2066x\\u2069 \\u2028 \\u0000 \\ufeff "
    "\\udb40\\udc41"
)


def test_controls_are_shown_as_escapes() -> None:
    assert harmless(HOSTILE) == SHOWN
    assert harmless("2026 INFO: a\nforged line\tx") == "2026 INFO: a\\nforged line x"


@pytest.mark.parametrize("text", ["plain", "Café – №1 ✓ 日本語", "a\u00a0b", "😀"])
def test_letters_of_all_the_world_stay(text: str) -> None:
    assert harmless(text) == harmless_text(text) == text


@given(st.text())
def test_no_control_survives(text: str) -> None:
    shown = harmless(text)
    assert shown.count("\n") == 0
    assert not [letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")]
    shown.encode("utf-8")


@given(st.text())
def test_further_lines_are_marked(text: str) -> None:
    first, *others = harmless_lines(text).split("\n")
    assert all(line.startswith(CONTINUED) for line in others)
    assert "\n".join([first, *(line.removeprefix(CONTINUED) for line in others)]) == harmless_text(text)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(lambda x: [x]))
def test_json_keeps_its_value(value: list[object]) -> None:
    written = harmless_json(value)
    assert json.loads(written) == value
    assert harmless_text(written) == written

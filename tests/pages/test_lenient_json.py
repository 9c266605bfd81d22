"""JSON that is nearly JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pages.lenient_json import first_json, read_json, read_json_values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}), ('{"a": 1,}', {"a": 1}), ('[1, 2,]', [1, 2]), ('{"a": 1,,"b": 2}', {"a": 1, "b": 2}),
        ('{"a": "b\nc\td"}', {"a": "b\nc\td"}), ('// x\n{"a": 1} // y', {"a": 1}), ('{"a": /* x */ 1}', {"a": 1}),
        ('{"u": "http://a.example//b"}', {"u": "http://a.example//b"}), ('<!-- {"a": 1} -->', {"a": 1}),
        ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}), ('/*<![CDATA[*/{"a": 1}/*]]>*/', {"a": 1}), ('{"a": 1};', {"a": 1}),
        ("{a: 1, 'b': 'it\\'s'}", {"a": 1, "b": "it's"}), ('{"a": undefined, "b": NaN}', {"a": None, "b": None}),
        ('{"a": , "b": 2}', {"a": None, "b": 2}), ('{"a": "it\\\'s \\x"}', {"a": "it's x"}),
        ('{"a": "a 27" screen", "b": 1}', {"a": 'a 27" screen', "b": 1}), ('{&quot;a&quot;: 1}', {"a": 1}),
        ('\ufeff{"a": 1}', {"a": 1}), ('{"a": "\\u00e9 \\u00"}', {"a": "é u00"}), ("", None), ("var x = 1", None),
        ('{"a":', None), ("<html>", None),
    ],
)  # fmt: skip
def test_read_json(text: str, value: Any) -> None:
    assert read_json(text) == value


def test_several_values_in_one_text() -> None:
    assert read_json_values('{"a": 1}\n{"b": 2};[3]') == [{"a": 1}, {"b": 2}, [3]]


def test_what_is_whole_before_the_break_is_kept() -> None:
    assert read_json_values('{"a": 1}{"b": ?}') == [{"a": 1}]


@pytest.mark.parametrize(("start", "value"), [(4, {"a": [1]}), (0, None), (99, None)])
def test_the_value_that_begins_somewhere(start: int, value: Any) -> None:
    assert first_json('x = {"a": [1]}; y()', start) == value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON)
def test_right_json_is_left_alone(value: Any) -> None:
    assert read_json_values(json.dumps(value)) == [value]


@given(st.text(alphabet="{}[]\"':,/*\\ \nab1&") | st.text())
def test_nothing_raises(text: str) -> None:
    read_json_values(text)


@pytest.mark.parametrize("unit", ["[", "{", '{"a":', '"', "/*", "//", ",", "'", "\\", "a:", '{"a":"'])
def test_a_megabyte_of_anything_takes_no_minute(unit: str) -> None:
    started = time.process_time()
    read_json_values(unit * (200_000 // len(unit)))
    assert time.process_time() - started < 5

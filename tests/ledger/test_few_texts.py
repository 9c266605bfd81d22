"""Dictionaries of texts are worked out once, and others each time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecomscraper.ledger.few_texts import once_for_texts

ODD: list[Any] = [{"a": 1}, {"a": True}, {"a": 1.0}, {1: "a"}, {True: "a"}, {"a": ["b"]}, {"a": None}, [], None, "a", 3]


def test_the_same_texts_are_worked_out_once() -> None:
    seen: list[Any] = []

    def write(value: Any) -> str:
        seen.append(value)
        return json.dumps(value)

    remembered = once_for_texts(write)
    assert [remembered({"a": "b", "c": "d"}) for _ in range(3)] == ['{"a": "b", "c": "d"}'] * 3
    assert remembered({"c": "d", "a": "b"}) == '{"c": "d", "a": "b"}'
    assert seen == [{"a": "b", "c": "d"}, {"c": "d", "a": "b"}]
    assert remembered({}) == "{}"


@pytest.mark.parametrize("first", ODD, ids=repr)
@pytest.mark.parametrize("second", ODD, ids=repr)
def test_what_is_equal_and_not_the_same_stays_apart(first: Any, second: Any) -> None:
    remembered = once_for_texts(json.dumps)
    assert [remembered(first), remembered(second)] == [json.dumps(first), json.dumps(second)]

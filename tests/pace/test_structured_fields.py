from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.pace.structured_fields import Item, parse_list


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('"default";r=50;t=30', [Item("default", {"r": "50", "t": "30"})]),
        ('  "default" ', [Item("default")]),
        (
            '"burst";q=100;w=60,"daily";q=1000;w=86400',
            [Item("burst", {"q": "100", "w": "60"}), Item("daily", {"q": "1000", "w": "86400"})],
        ),
        ('"a" \t,\t "b"', [Item("a"), Item("b")]),
        ('"a;r=1,b";r=2', [Item("a;r=1,b", {"r": "2"})]),
        (r'"say \"hi\" \\";r=0', [Item(r"say \"hi\" \\".replace("\\\\", "\\").replace('\\"', '"'), {"r": "0"})]),
        (
            '"p";q=65535;qu="content-bytes";w=10;pk=:sdfjLJUOUH==:',
            [Item("p", {"q": "65535", "qu": "content-bytes", "w": "10", "pk": ":sdfjLJUOUH==:"})],
        ),
        ("100;w=60, 5000;w=3600", [Item("100", {"w": "60"}), Item("5000", {"w": "3600"})]),
        ("token;flag;x=?1; y=-1.5", [Item("token", {"flag": "", "x": "?1", "y": "-1.5"})]),
        ('"a";r=1;r=2', [Item("a", {"r": "2"})]),
    ],
)
def test_lists(text, items):
    assert parse_list(text) == items


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        '"a",',
        ',"a"',
        '"a" "b"',
        '"a',
        '"a";',
        '"a";R=1',
        '"a" ;r=1',
        '"a";r=',
        '"a";r=1 0',
        '"é"',
        '"a\nb"',
        '"a", "b',
        "limit=100, remaining=50",
        "١٢",
    ],
)
def test_a_list_that_is_malformed_anywhere_is_none(text):
    assert parse_list(text) == []


@given(st.text() | st.text(alphabet='"a;r=01, \\:?-.*', max_size=60))
def test_anything_gives_items_or_none(text):
    for item in parse_list(text):
        assert item.value or '""' in text


def test_a_long_field_takes_no_long_time():
    assert len(parse_list(",".join(['"a";r=1;t=2'] * 5000))) == 5000
    assert parse_list('"a";r=1' * 10_000) == []
    assert parse_list('"' + "\\" * 60_000) == []

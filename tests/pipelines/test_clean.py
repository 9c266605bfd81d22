"""Texts on one line, without what no shop means."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomscraper.items import Bundle, Title
from ecomscraper.pipelines.clean import CleanPipeline, clean_text

ANY_TEXT = st.text(st.characters() | st.sampled_from("\x00\t\n\r\x0b\x0c\x1b\x85\u2028\u2029\u202e\ufeff\ud800 "))


@given(ANY_TEXT)
def test_nothing_is_left_that_controls(text: str) -> None:
    cleaned = clean_text(text)
    assert not [letter for letter in cleaned if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")]
    assert len(cleaned.splitlines()) <= 1
    cleaned.encode()


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "S", "P"])))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a \n\t b  ", "a b"),
        ("a\x00b", "ab"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u00a0b", "a\u00a0b"),  # a no-break space was meant
        ("\ufeffa", "a"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u2028b", "a b"),
        ("\ud83d", ""),  # half a character: no file and no database could hold it
        ("Caf\u00e9 \u2122 \U0001f600", "Caf\u00e9 \u2122 \U0001f600"),
        (" \x00 ", ""),
    ],
)
def test_what_becomes_of_a_text(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


def test_every_text_of_every_item_is_cleaned_and_nothing_else() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    items = [
        Title(1, " a\x00 ", "b\n", "\tc", "http://s/\x7f", "http://s/ ", noon),
        Title(2, "d ", "e", "", "", "", noon),
    ]
    bundle = Bundle(1, items, "http://s/", "http://s/", 200, noon, 10)
    CleanPipeline().process_page(bundle)
    assert bundle.items == [
        Title(1, "a", "b", "c", "http://s/", "http://s/", noon),
        Title(2, "d", "e", "", "", "", noon),
    ]

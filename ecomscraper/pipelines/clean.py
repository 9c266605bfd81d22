"""Texts without what no shop means: control characters, and white space that a browser would not show."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import lru_cache
from typing import Any

from ecomscraper.items import Bundle

# C0, C1 and what turns the reading direction: in a title they are mistakes, or forge what a terminal
# shows; XML has no word for some, and UTF-8 none for half a character
_NOT_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_WHITE = re.compile(r"[ \t\n\x0b\x0c\r\u2028\u2029]+")


def clean_text(text: str) -> str:
    """`text` on one line, stripped, without control characters. A no-break space stays: the shop meant it."""
    if text.isascii() and text.isprintable() and "  " not in text:  # nearly every text of nearly every shop
        return text.strip(" ")
    return _WHITE.sub(" ", _NOT_TEXT.sub("", text)).strip(" ")


class CleanPipeline:
    """Cleans every text field of every item."""

    def process_page(self, bundle: Bundle) -> None:
        for item in bundle.items:
            _clean(item)


def _clean(item: Any) -> None:
    for name in _names(item.__class__):
        value = getattr(item, name)
        if isinstance(value, str):
            setattr(item, name, clean_text(value))


@lru_cache(maxsize=16)
def _names(kind: Any) -> tuple[str, ...]:
    """Of the fields whose texts are the page's own, and are not to be kept as they are."""
    kept = ("verbatim", "nested")
    return tuple(field.name for field in fields(kind) if not any(field.metadata.get(each) for each in kept))

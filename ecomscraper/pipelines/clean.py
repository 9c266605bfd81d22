"""Texts without what no shop means: control characters, and white space that a browser would not show."""

from __future__ import annotations

import re
from dataclasses import fields
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
    return _WHITE.sub(" ", _NOT_TEXT.sub("", text)).strip(" ")


class CleanPipeline:
    """Cleans every text field of every item."""

    def process_page(self, bundle: Bundle) -> None:
        for item in bundle.items:
            _clean(item)


def _clean(item: Any) -> None:
    for field in fields(item):
        value = getattr(item, field.name)
        if isinstance(value, str) and not field.metadata.get("verbatim") and not field.metadata.get("nested"):
            setattr(item, field.name, clean_text(value))

"""The text of an element that says little; of one that says much, not even the attempt."""

from __future__ import annotations

from typing import Any

from ecomscraper.pages.document import collapse

_SPACES = 4  # characters of white space for each that counts: shops indent


def short_text(element: Any, longest: int) -> str:
    """All text in `element` (of lxml), collapsed; "" where there is none, or more than `longest` characters of it.

    It reads no further than it must, so that asking each element of a page takes time that grows with the page.
    """
    pieces, length = [], 0
    for piece in element.itertext("*"):
        length += len(piece)
        if length > longest * _SPACES:
            return ""
        pieces.append(piece)
    text = collapse("".join(pieces))
    return text if len(text) <= longest else ""

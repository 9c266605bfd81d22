"""Rows and lines on a terminal, in which no text of a stranger's can colour, move or forge anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print `rows`, the first of them the head, in aligned columns."""
    from ecomscraper.logs.harmless import harmless

    shown = [[harmless(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for row in shown:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def say(text: str, file: TextIO | None = None) -> None:
    """Print `text`, on as many lines as it has; to standard output where no other file is given."""
    from ecomscraper.logs.harmless import harmless_text

    print(harmless_text(text), file=file or sys.stdout)

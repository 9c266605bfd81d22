"""Whole numbers as shops print them: 1,234 and 1.234, 1 234 and 1'234."""

from __future__ import annotations

import re

# No-break, narrow no-break and thin space group digits, too; 1,23,456 is how India does it.
_GROUPED = r"\d{1,3}(?:[.'’ \u00a0\u202f\u2009]\d{3}){1,4}(?!\d)|\d{1,3}(?:,\d{2,3}){0,4},\d{3}(?!\d)"
_INTEGER = re.compile(rf"{_GROUPED}|\d+")
_MOST_DIGITS = 12  # more is no count; the bounds also keep the time linear


def read_integers(text: str) -> list[int]:
    """The whole numbers in `text` from left to right, unsigned, in the digits of any script.

    >>> read_integers("1.000 results - showing 1 to 20.")
    [1000, 1, 20]
    """
    digits = ("".join(filter(str.isdecimal, match[0])) for match in _INTEGER.finditer(text))
    return [int(number) for number in digits if len(number) <= _MOST_DIGITS]

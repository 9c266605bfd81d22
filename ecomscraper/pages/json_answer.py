"""From an answer's bytes to the JSON in it, or the reason why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from ecomscraper.pages.guards import PageRefused

_GUARD = re.compile(r"\s*(?:\)\]\}',?|for\s*\(;;\);|while\s*\(1\);)")  # against being loaded as a script
_SHOWN = 40


def with_decimals(text: str) -> Any:
    """JSON whose numbers with a point are Decimal, so that amounts stay exact. Raises ValueError."""
    return json.loads(text, parse_float=Decimal)


def open_json(body: bytes, loads: Callable[[str], Any] = with_decimals) -> Any:
    """The JSON in `body`, as `loads` reads its text.

    Raises PageRefused with the reason not_json, or too_deep where it is nested deeper than Python reads.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        return loads(_GUARD.sub("", text, count=1))
    except RecursionError:
        raise PageRefused("too_deep", "lists and objects are nested deeper than can be read") from None
    except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
        shown = ascii(body[:_SHOWN])[2:-1]
        raise PageRefused("not_json", f"{error}: {shown}" if shown else "the answer is empty") from None

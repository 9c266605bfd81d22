"""Texts of strangers on a terminal and in a log: what would colour, move or forge is shown as an escape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

CONTINUED = "    | "
"""How each further line of one record begins, which is how none of them can pass for a record of its own."""

# C0 but tab and newline, DEL, C1; what turns the reading direction or hides; the line breaks of Unicode; half
# characters, which UTF-8 has no bytes for; and the tags, which no terminal draws
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def harmless(text: str) -> str:
    """`text` on one line; a newline is shown as an escape, too."""
    return harmless_text(text).replace("\n", "\\n").replace("\t", " ")


def harmless_lines(text: str) -> str:
    """`text` on as many lines as it has, each but the first marked as a continuation."""
    return harmless_text(text).replace("\n", f"\n{CONTINUED}")


def harmless_text(text: str) -> str:
    """`text` with its newlines and tabs."""
    return _HARMFUL.sub(_escaped, text)


def harmless_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON for people and machines: the same value, letters as they are, what is harmful as escapes."""
    return _HARMFUL.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=1))


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]  # in JSON, in TOML and to a reader the same

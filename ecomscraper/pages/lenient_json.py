"""JSON as pages carry it: with comments, line breaks in strings, commas too many, quotes too few."""

from __future__ import annotations

import html
import json
import re
from typing import Any

_DECODER = json.JSONDecoder(strict=False)  # takes line breaks and tabs in strings as they are
_WRAPPING = re.compile(
    r"^\s*(?:(?://|/\*)?\s*<!\[CDATA\[\s*(?:\*/)?|<!--)|(?:(?://|/\*)?\s*\]\]>\s*(?:\*/)?|(?://)?\s*-->)\s*$"
)
_BETWEEN = re.compile(r"[\s;,]*")
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<single>\'(?:[^\'\\\n]|\\.)*\')'
    r"|(?P<comma>,(?=\s*(?:/\*.*?\*/\s*|//[^\n]*\n\s*)*[,}\]]))|(?P<empty>:(?=\s*[,}]))"
    r"|(?P<key>(?<=[{,\s])[A-Za-z_$][\w$]*(?=\s*:))|(?P<undefined>\b(?:undefined|NaN|Infinity)\b)",
    re.DOTALL,
)
_BAD_ESCAPE = re.compile(r'\\(?:u(?![0-9a-fA-F]{4})|[^"\\/bfnrtu])')
_ENDS_STRING = re.compile(r"\s*(?:[:}\]]|,\s*[\"{\[\]}\d\-tfn]|$)")
_LONGEST = 3_000_000  # characters; nothing a product is described in


def read_json(text: str) -> Any:
    """The value that `text` is meant to be, repaired if need be; None when it cannot be told."""
    values = read_json_values(text)
    return values[0] if values else None


def read_json_values(text: str) -> list[Any]:
    """All values that follow each other in `text`, whatever stands between them; none when it is no JSON."""
    if len(text) > _LONGEST:
        return []
    text = _WRAPPING.sub("", text.strip("\ufeff \t\r\n"))
    for repair in (str, _repaired, _with_inner_quotes_escaped):
        values, is_whole = _values(repair(text))
        if is_whole:
            return values
    if "&quot;" in text and '"' not in text:
        return read_json_values(html.unescape(text))
    return values


def first_json(text: str, start: int) -> Any:
    """The JSON value that begins at `start`, whatever follows it; None when there is none."""
    try:
        return _DECODER.raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def _values(text: str) -> tuple[list[Any], bool]:
    values: list[Any] = []
    place = _skipped(text, 0)
    while place < len(text):
        try:
            value, place = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            return values, False
        values.append(value)
        place = _skipped(text, place)
    return values, True


def _skipped(text: str, place: int) -> int:
    match = _BETWEEN.match(text, place)
    return match.end() if match else place


def _repaired(text: str) -> str:
    """Without comments and commas too many; with the quotes and values that are missing."""
    return _TOKEN.sub(_repaired_token, text)


def _repaired_token(match: re.Match[str]) -> str:
    token = match[0]
    if match["comment"] or match["comma"]:
        return ""
    if match["empty"]:
        return ": null"
    if match["undefined"]:
        return "null"
    if match["key"]:
        return f'"{token}"'
    if match["single"]:
        return json.dumps(token[1:-1].replace("\\'", "'"), ensure_ascii=False)
    return _BAD_ESCAPE.sub(lambda escape: escape[0][1:], token) if "\\" in token else token


def _with_inner_quotes_escaped(text: str) -> str:
    """A quote ends a string only where what follows can follow a string: `"a 15" screen", …`."""
    pieces, inside, place = [], False, 0
    for match in re.finditer(r'\\.|"', text, re.DOTALL):
        if match[0] != '"':
            continue
        pieces.append(text[place : match.start()])
        place = match.end()
        if not inside:
            inside = True
        elif _ENDS_STRING.match(text, place):
            inside = False
        else:
            pieces.append("\\")
        pieces.append('"')
    return _repaired("".join([*pieces, text[place:]]))

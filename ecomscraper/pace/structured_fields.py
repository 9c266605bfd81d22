"""Lists of HTTP structured fields, RFC 9651 §4.2.1: `"burst";q=100;w=60, "daily";q=1000`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_NUMBER = r"-?\d{1,15}(?:\.\d{1,3})?"
_WORD = r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*"
_BARE = rf"(?:{_STRING}|:[A-Za-z0-9+/=]*:|\?[01]|@?{_NUMBER}|{_WORD})"
_PARAMETER = rf";[ ]*([a-z*][a-z0-9_.*-]*)(?:=({_BARE}))?"

_ITEM = re.compile(rf"({_BARE})((?:{_PARAMETER})*)", re.ASCII)
_PARAMETERS = re.compile(_PARAMETER, re.ASCII)
_SEPARATOR = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True, slots=True)
class Item:
    """A list member: its bare value without quotes, and its parameters, as text; "" for one without a value."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse_list(text: str) -> list[Item]:
    """The items of a list, in order; none where any part of it is malformed, as §4.2 demands.

    >>> parse_list('"default";r=50;t=30')
    [Item(value='default', parameters={'r': '50', 't': '30'})]
    """
    text = text.strip(" ")
    items: list[Item] = []
    position = 0
    while match := _ITEM.match(text, position):
        parameters = {name: _unquoted(value) for name, value in _PARAMETERS.findall(match[2])}
        items.append(Item(_unquoted(match[1]), parameters))
        if match.end() == len(text):
            return items
        separator = _SEPARATOR.match(text, match.end())
        if separator is None:
            return []
        position = separator.end()
    return []


def _unquoted(bare: str) -> str:
    return re.sub(r"\\(.)", r"\1", bare[1:-1]) if bare.startswith('"') else bare

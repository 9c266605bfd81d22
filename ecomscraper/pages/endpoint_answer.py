"""What an endpoint answered: JSON, another text, or neither; and whether the answer says itself that it is an error."""

from __future__ import annotations

import json
import math
import re
from functools import partial
from typing import Any, NamedTuple

from ecomscraper.pages.charset import decode
from ecomscraper.pages.guards import PageRefused
from ecomscraper.pages.json_answer import open_json
from ecomscraper.pages.json_pointer import pointed
from ecomscraper.pages.media_type import binary_kind

MOST_DEPTH = 200  # lists and objects inside each other: deeper ones are left as text, as programs choke on them
_JSON_TYPE = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?json\b", re.IGNORECASE)
_HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
_NOT_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # that XML has no word for
_MOST_WORDS = 300


class Body(NamedTuple):
    """Of `json` and `text` one is None; both are where the body is no text at all."""

    json: Any
    text: str | None


def read_body(body: bytes, content_type: str) -> Body:
    """The body by its content: JSON where it begins as an object or a list, or where its type says so.

    Never raises: what is not JSON is text, and `null` is the text "null".
    """
    if _JSON_TYPE.match(content_type) or body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        value = _json(body)
        if value is not None:
            return Body(value, None)
    if binary_kind(body):
        return Body(None, None)
    return Body(None, _NOT_TEXT.sub("", decode(body, content_type)))


def said_error(value: Any, pointer: str) -> str | None:
    """The error that a JSON answer declares at `pointer`, in words; None where there is none.

    null, false, 0 and what is empty are no error.

    >>> said_error({"error": {"code": 7}}, "/error"), said_error({"error": ""}, "/error")
    ('{"code": 7}', None)
    """
    said = pointed(value, pointer)
    if not said:
        return None
    words = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    return _NOT_TEXT.sub("", words)[:_MOST_WORDS]


def _json(body: bytes) -> Any:
    """The value, or None where there is none that other programs can read."""
    try:
        value = open_json(body, partial(json.loads, parse_float=_finite, parse_constant=_finite))
    except PageRefused:
        return None
    if body.count(b"[") + body.count(b"{") > MOST_DEPTH and _is_too_deep(value):
        return None
    if _HALF_A_CHARACTER.search(body):  # one without its other half cannot be written as UTF-8
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def _finite(text: str) -> float:
    """Python reads NaN, Infinity and 1e999, which no other program takes for JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no number")
    return number


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        inner = [each for one in level for each in (one.values() if isinstance(one, dict) else one)]
        level = [each for each in inner if isinstance(each, dict | list)]
        if not level:
            return False
    return True

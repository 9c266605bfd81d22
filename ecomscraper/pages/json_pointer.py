"""JSON pointers, which name a value in a document: <https://www.rfc-editor.org/rfc/rfc6901>."""

from __future__ import annotations

from typing import Any


def check_pointer(pointer: str) -> None:
    """Raises ValueError where `pointer` is none: it is "" for the whole document, or begins with a slash."""
    if pointer and not pointer.startswith("/"):
        raise ValueError('is no JSON pointer: write it as in "/data/items", or "" for the whole answer')


def pointed(value: Any, pointer: str) -> Any:
    """What `pointer` names in `value`; None where there is no such thing."""
    for name in pointer.split("/")[1:]:
        value = _member(value, name.replace("~1", "/").replace("~0", "~"))
    return value


def _member(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
        return value[int(name)]
    return None

"""Which values of a profile are nobody's business: they are sent to the shop, and neither shown nor kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MASK = "***"
_TOLD = re.compile(r"accept(-.*)?|user-agent|referer|dnt|upgrade-insecure-requests|sec-.*", re.IGNORECASE)
_TABLES = ("cookies.", "first_request.form.")


def is_secret(key: str) -> bool:
    """Whether the value of a dotted key of a profile is a secret: a cookie, a form's field, any header not known for
    what it says of a browser."""
    if key.startswith("headers."):
        return not _TOLD.fullmatch(key.removeprefix("headers."))
    return key.startswith(_TABLES)


def masked(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """A profile, or the arguments of `-a`, with a mask for each secret in it."""
    return dict(_masked(table, above))


def _masked(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            yield name, masked(value, f"{key}.")
        else:
            yield name, MASK if is_secret(key) else value

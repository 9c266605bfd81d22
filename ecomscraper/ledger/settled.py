"""What a cursor over settled pages gives."""

from __future__ import annotations

from typing import Any, NamedTuple


class SettledPages(NamedTuple):
    """The items, where to go on, and whether there may be more right now."""

    items: list[Any]
    position: int
    more: bool

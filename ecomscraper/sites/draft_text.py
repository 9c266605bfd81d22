"""A drafted profile as text: TOML of few lines, with a comment where a person should look."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

MOST_LINES = 15
Value = str | int | bool


@dataclass(slots=True)
class DraftText:
    """Keys in the order in which they were set; a dotted one belongs into the table of that name."""

    comments: list[str] = field(default_factory=list)
    """Lines at the top, without their "# "."""
    values: dict[str, Value] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    """Key → what a person should know of its value."""

    def set(self, key: str, value: Value | None, remark: str = "") -> None:
        """Nothing for None."""
        if value is not None:
            self.values[key] = value
            if remark:
                self.remarks[key] = remark

    def __str__(self) -> str:
        """With empty lines between the tables, where these fit into `MOST_LINES`."""
        tables: dict[str, list[str]] = {"": [f"# {comment}" for comment in self.comments]}
        for key, value in self.values.items():
            table, _, name = key.rpartition(".")
            lines = tables.setdefault(table, [f"[{table}]"])
            remark = f"  # {self.remarks[key]}" if key in self.remarks else ""
            lines.append(f"{name} = {_toml(value)}{remark}")
        parts = ["\n".join(lines) for lines in tables.values()]
        spacious = "\n\n".join(parts)
        return (spacious if spacious.count("\n") < MOST_LINES else "\n".join(parts)) + "\n"


def _toml(value: Value) -> str:
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"  # as a selector with an attribute is easier to read
    # A JSON string is a TOML string, but for DEL, which no selector and no URL holds.
    return json.dumps(value, ensure_ascii=False)

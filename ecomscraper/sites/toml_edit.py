"""Sets numbers in a table of a TOML text, and leaves every other line as a person wrote it. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

_HEADER = re.compile(r"\s*\[")


def with_numbers(text: str, table: str, numbers: Mapping[str, float]) -> str:
    """`text` with `numbers` in `[table]`, which is made at the end where there is none; comments stay.

    Raises ValueError where the table is written in a way that this cannot change, and nothing else with it; and
    TOMLDecodeError, a ValueError, where `text` is no TOML.
    """
    wanted = tomllib.loads(text)
    before = wanted.get(table, {})
    if not isinstance(before, dict):
        raise ValueError(f"{table} is no table")
    wanted[table] = before | dict(numbers)
    changed = _changed(text, table, numbers)
    if tomllib.loads(changed) != wanted:
        raise ValueError(f"[{table}] is written in an unusual way")
    return changed


def _changed(text: str, table: str, numbers: Mapping[str, float]) -> str:
    lines = text.splitlines()
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\]\s*(#.*)?")
    start = next((number for number, line in enumerate(lines) if header.fullmatch(line)), None)
    if start is None:
        block = [f"[{table}]", *(f"{name} = {number!r}" for name, number in numbers.items())]
        return "\n".join([*lines, *([""] if lines else []), *block]) + "\n"
    end = next((number for number in range(start + 1, len(lines)) if _HEADER.match(lines[number])), len(lines))
    body = lines[start + 1 : end]
    for name, number in numbers.items():
        _set(body, name, number)
    return "\n".join([*lines[: start + 1], *body, *lines[end:]]) + "\n"


def _set(body: list[str], name: str, number: float) -> None:
    line = re.compile(rf"(\s*{re.escape(name)}\s*=\s*)[^\s#]+(.*)")
    for place, old in enumerate(body):
        if found := line.fullmatch(old):
            body[place] = f"{found[1]}{number!r}{found[2]}"
            return
    last = max((place for place, old in enumerate(body) if old.strip()), default=-1)  # before the empty lines
    body.insert(last + 1, f"{name} = {number!r}")

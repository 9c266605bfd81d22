"""Fault plans in TOML or JSON files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from ecomscraper.demo.fault_kinds import FAULT_KINDS
from ecomscraper.demo.faults import Fault, FaultPlan, FaultRule


def read_fault_plan(path: Path, default_seed: int) -> FaultPlan:
    """The plan in a file: an optional `seed` and a list `fault`, each with `kind`, `where` and parameters.

    Raises OSError if it cannot be read, and ValueError with a line for each thing to mend.
    """
    text = path.read_text(encoding="utf-8")
    try:
        content = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    problems: list[str] = []
    rules: list[FaultRule] = []
    entries, seed = _parts(path, content, default_seed)
    for number, entry in enumerate(entries, 1):
        try:
            rules.append(_rule(entry))
        except ValueError as error:
            problems.append(f"{path.name}: fault {number}: {error}")
    if problems:
        raise ValueError("\n".join(problems))
    return FaultPlan(tuple(rules), seed)


def _parts(path: Path, content: Any, default_seed: int) -> tuple[list[Any], int]:
    if not isinstance(content, dict) or not isinstance(content.get("fault"), list):
        raise ValueError(f"{path.name}: needs a list of faults: [[fault]] in TOML, {{'fault': […]}} in JSON")
    if unknown := content.keys() - {"seed", "fault"}:
        raise ValueError(f"{path.name}: unknown key {sorted(unknown)[0]!r}; there are seed and fault")
    seed = content.get("seed", default_seed)
    if not isinstance(seed, int):
        raise ValueError(f"{path.name}: seed = {seed!r} is no whole number")
    return content["fault"], seed


def _rule(entry: Any) -> FaultRule:
    if not isinstance(entry, dict) or "kind" not in entry or "where" not in entry:
        raise ValueError('needs kind = "…" and where = "10%", "3-7,12" or "/path/"')
    given = dict(entry)
    name, where = given.pop("kind"), str(given.pop("where"))
    kind = FAULT_KINDS.get(name)
    if kind is None:
        raise ValueError(f"unknown fault {name!r}; there are {', '.join(FAULT_KINDS)}")
    return FaultRule.of(Fault.of(kind, given), where)

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ecomscraper.demo.fault_file import read_fault_plan

ENTRIES = [
    {"kind": "status", "where": "10%", "code": 429, "retry_after": "1", "first": 2},
    {"kind": "reset", "where": "3-4"},
]
TOML = """
seed = 7

[[fault]]
kind = "status"
where = "10%"
code = 429
retry_after = "1"
first = 2

[[fault]]
kind = "reset"
where = "3-4"
"""


@pytest.mark.parametrize(
    ("name", "text"), [("plan.toml", TOML), ("plan.json", json.dumps({"seed": 7, "fault": ENTRIES}))]
)
def test_plans_are_read(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    plan = read_fault_plan(path, default_seed=1)
    assert plan.seed == 7
    assert [str(rule.fault) for rule in plan.rules] == ["status:code=429:retry_after=1:first=2", "reset"]
    assert plan.rules[0].share == 0.1
    assert plan.rules[1].paths == {"/ecommerce/page/3/", "/ecommerce/page/4/"}


def test_the_seed_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"fault": ENTRIES}))
    assert read_fault_plan(path, default_seed=3).seed == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seed = ", "plan.toml: Invalid value"),
        ("seed = 1", "plan.toml: needs a list of faults"),
        ("fault = 3", "plan.toml: needs a list of faults"),
        ("sede = 1\nfault = []", "plan.toml: unknown key 'sede'; there are seed and fault"),
        ("seed = 'x'\nfault = []", "plan.toml: seed = 'x' is no whole number"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        read_fault_plan(path, default_seed=1)


def test_all_wrong_faults_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    wrong = [{"kind": "rest", "where": "1%"}, ENTRIES[1], {"kind": "cut"}, {"kind": "cut", "where": "?"}]
    path.write_text(json.dumps({"fault": wrong}))
    with pytest.raises(ValueError, match="fault 1") as raised:
        read_fault_plan(path, default_seed=1)
    lines = str(raised.value).splitlines()
    assert [line.partition(": ")[2].partition(":")[0] for line in lines] == ["fault 1", "fault 3", "fault 4"]

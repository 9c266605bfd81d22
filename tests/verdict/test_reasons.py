"""The closed list of reasons, and that nothing outside it is ever given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ecomscraper
from ecomscraper.verdict import failures
from ecomscraper.verdict.reasons import REASONS, http_reason, is_transient
from ecomscraper.verdict.verdict import FORBIDDEN, REFUSALS

PACKAGE = Path(ecomscraper.__file__).parent
GIVES_A_REASON = {
    "PageProblem": 0,
    "PageFailure": 1,
    "instead_of": 1,
    "NotArchived": 0,
}  # the place of the reason among arguments


def reasons_given() -> Iterator[tuple[str, str]]:
    """(module, reason) of each reason that is written out in a call."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in GIVES_A_REASON:
                continue
            values = node.args[GIVES_A_REASON[name] : GIVES_A_REASON[name] + 1]
            values += [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
            for value in values:
                if isinstance(value, ast.Constant):
                    yield path.stem, value.value


def test_every_reason_in_the_code_is_in_the_list() -> None:
    given = set(reasons_given())
    named = {("store", "invalid"), ("extension", "bug"), ("page", "no_title"), ("downloader", "not_archived")}
    assert named <= given
    assert {reason for _, reason in given} <= set(REASONS)
    for table in (failures._REASON_OF_A_CAUSE, failures._REASON_OF, failures._REASON_OF_IGNORED):
        assert {reason for _, reason in table} <= set(REASONS)
    assert {reason for reason in REFUSALS if not reason.startswith("http_")} <= set(REASONS)
    assert set(FORBIDDEN) <= set(REASONS)


@pytest.mark.parametrize("status", [100, 200, 301, 404, 429, 503, 599])
def test_a_status_is_a_reason(status: int) -> None:
    assert http_reason(status) == f"http_{status}"


@pytest.mark.parametrize("status", [0, 99, 600, 1000, -1])
def test_what_is_no_status_is_no_reason(status: int) -> None:
    with pytest.raises(ValueError, match=f"{status} is no HTTP status"):
        http_reason(status)


@pytest.mark.parametrize(
    ("reason", "transient"),
    [
        ("timeout", True),
        ("connection_lost", True),
        ("blocked", True),
        ("http_503", True),
        ("http_429", True),
        ("http_520", True),
        ("http_526", True),
        ("http_527", False),
        ("http_404", False),
        ("http_501", False),
        ("robots", False),
        ("no_title", False),
        ("bug", False),
    ],
)
def test_whether_another_try_may_help(reason: str, transient: bool) -> None:
    assert is_transient(reason) is transient


def test_an_unknown_reason_is_an_error() -> None:
    with pytest.raises(KeyError):
        is_transient("bad_luck")


def test_every_reason_explains_itself() -> None:
    assert all(reason.name == name and reason.meaning for name, reason in REASONS.items())

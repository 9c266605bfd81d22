"""The shop's table of faults and the project's list of reasons speak of the same things."""

from __future__ import annotations

import pytest

from ecomscraper.demo.fault_kinds import FAULT_KINDS, STORED
from ecomscraper.demo.faults import Fault
from ecomscraper.verdict.reasons import REASONS, is_transient

FAILING = [name for name, kind in FAULT_KINDS.items() if kind.reason != STORED and name != "status"]


@pytest.mark.parametrize("name", FAILING)
def test_reasons_are_those_of_the_project(name: str) -> None:
    kind = FAULT_KINDS[name]
    assert kind.reason in REASONS
    assert kind.transient == REASONS[kind.reason].transient


@pytest.mark.parametrize("code", range(300, 600))
def test_statuses_are_transient_as_in_the_project(code: int) -> None:
    fault = Fault.parse(f"status={code}")
    assert fault.reason == f"http_{code}"
    assert fault.transient == is_transient(fault.reason)


def test_what_is_stored() -> None:
    assert [name for name, kind in FAULT_KINDS.items() if kind.reason == STORED] == [
        "slow",
        "short_length",
        "no_length",
        "wrong_charset",
        "no_charset",
        "legacy_charset",
        "nul_bytes",
        "invalid_utf8",
        "redirect_page",
    ]

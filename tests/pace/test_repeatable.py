"""A request is sent again only where that cannot do its work twice."""

from __future__ import annotations

import pytest

from ecomscraper.pace.repeatable import NOT_PROCESSED, is_repeatable
from ecomscraper.verdict.reasons import is_transient


@pytest.mark.parametrize(
    ("method", "headers", "expected"),
    [
        ("GET", [], True),
        ("HEAD", [], True),
        ("PUT", [], True),
        ("DELETE", [], True),
        ("POST", ["Content-Type"], False),
        ("PATCH", [], False),
        ("POST", ["IDEMPOTENCY-Key"], True),
    ],
)
def test_by_method_and_key(method: str, headers: list[str], expected: bool) -> None:
    assert is_repeatable(method, headers) == expected


def test_what_was_not_processed_may_pass() -> None:
    assert all(map(is_transient, NOT_PROCESSED))
    assert NOT_PROCESSED.isdisjoint({"timeout", "connection_lost", "truncated", "http_500", "http_502", "http_504"})

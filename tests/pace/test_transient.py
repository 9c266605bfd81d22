from __future__ import annotations

import pytest

from ecomscraper.pace.transient import TRANSIENT, transient
from ecomscraper.verdict.reasons import REASONS, http_reason


@pytest.mark.parametrize("status", [407, 408, 425, 429, 500, 502, 503, 504, *range(520, 527)])
def test_statuses_that_pass(status):
    assert transient(http_reason(status)).why


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 406, 409, 410, 451, 501, 505, 511, 519, 527, 530])
def test_statuses_that_stay(status):
    assert transient(http_reason(status)) is None


@pytest.mark.parametrize("reason", ["timeout", "connection_refused", "connection_lost", "dns", "truncated"])
def test_errors_that_pass(reason):
    assert transient(reason).why


@pytest.mark.parametrize("reason", ["robots", "too_large", "redirect_loop", "offsite", "bad_url", "no_title", "tls"])
def test_failures_that_stay(reason):
    assert transient(reason) is None


@pytest.mark.parametrize(("reason", "refusal"), [("http_429", True), ("http_503", True), ("http_500", False)])
def test_what_is_a_refusal(reason, refusal):
    assert transient(reason).refusal is refusal


def test_a_profile_may_say_that_403_passes():
    assert transient("http_403") is None
    assert transient("http_403", {403}).refusal
    assert transient("http_404", {403}) is None
    assert transient("http_500", {403, 500}) is TRANSIENT["http_500"]


def test_the_table_knows_every_reason_that_resume_tries_again():
    """Except "blocked": to be refused again at once helps nobody, to come back another day may."""
    tried_again = {name for name, reason in REASONS.items() if reason.transient}

    assert tried_again - TRANSIENT.keys() == {"blocked"}
    assert {reason for reason in TRANSIENT if not reason.startswith("http_")} <= REASONS.keys()

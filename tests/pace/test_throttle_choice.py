"""ECOM_THROTTLE against AUTOTHROTTLE_ENABLED, in words and priorities."""

from __future__ import annotations

import pytest

from ecomscraper.exceptions import ConfigurationError
from ecomscraper.pace.throttle_choice import Given, throttle_choice

DEFAULT, PROJECT, PROFILE, TYPED = 0, 20, 30, 40


@pytest.mark.parametrize(
    ("throttle", "autothrottle", "choice"),
    [
        (("adaptive", PROJECT), (False, DEFAULT), "adaptive"),
        (("adaptive", PROJECT), (True, TYPED), "auto"),
        (("fixed", PROFILE), (True, TYPED), "auto"),
        (("fixed", TYPED), (True, PROJECT), "fixed"),
        (("adaptive", TYPED), (False, TYPED), "adaptive"),
        (("auto", PROFILE), (False, DEFAULT), "auto"),
        (("auto", PROFILE), (False, TYPED), "fixed"),
        (("auto", TYPED), (True, TYPED), "auto"),
        (("fixed", PROFILE), (False, TYPED), "fixed"),
    ],
)
def test_the_higher_priority_wins(throttle: tuple[str, int], autothrottle: tuple[bool, int], choice: str) -> None:
    assert throttle_choice(Given(*throttle), Given(*autothrottle)) == choice


@pytest.mark.parametrize(
    ("throttle", "autothrottle", "said"),
    [
        ("off", False, "ECOM_THROTTLE = 'off', must be one of adaptive, auto, fixed"),
        ("fixed", True, "ECOM_THROTTLE = 'fixed' and AUTOTHROTTLE_ENABLED = True contradict each other; give one"),
        ("auto", False, "ECOM_THROTTLE = 'auto' and AUTOTHROTTLE_ENABLED = False contradict each other; give one"),
    ],
)
def test_what_cannot_be_is_told(throttle: str, autothrottle: bool, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        throttle_choice(Given(throttle, TYPED), Given(autothrottle, TYPED))

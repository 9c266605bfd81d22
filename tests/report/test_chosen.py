"""Which value came from where."""

from __future__ import annotations

from ecomscraper.report.chosen import Chosen, chosen_values


def test_the_command_line_before_the_profile_before_the_defaults() -> None:
    profile = {
        "start": "https://shop.example/",
        "limits": {"concurrency": 2, "delay_seconds": 0.1, "throttle": None},
        "cookies": {"session": "s3cret"},
    }

    found = chosen_values({"site": "acme", "limits.delay_seconds": "0.1", "cookies.session": "s3cret"}, profile)

    assert found == [
        Chosen("site", "acme", "-a"),
        Chosen("limits.delay_seconds", "0.1", "-a"),
        Chosen("cookies.session", "***", "-a"),
        Chosen("start", "https://shop.example/", "profile"),
        Chosen("limits.concurrency", "2", "default"),
    ]

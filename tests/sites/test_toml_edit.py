from __future__ import annotations

import tomllib

import pytest

from ecomscraper.sites.toml_edit import with_numbers

LIMITS = {"concurrency": 8, "delay_seconds": 0.05}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[limits]\nconcurrency = 8\ndelay_seconds = 0.05\n"),
        (
            'start = "http://a/" # here\n',
            'start = "http://a/" # here\n\n[limits]\nconcurrency = 8\ndelay_seconds = 0.05\n',
        ),
        (
            "[limits]  # as asked\nconcurrency=2  # two\n# none\n\n[retry]\ntimes = 1\n",
            "[limits]  # as asked\nconcurrency=8  # two\n# none\ndelay_seconds = 0.05\n\n[retry]\ntimes = 1\n",
        ),
        (
            "[a]\nconcurrency = 1\n[limits]\ndelay_seconds = 1.5\nconcurrency = 2",
            "[a]\nconcurrency = 1\n[limits]\ndelay_seconds = 0.05\nconcurrency = 8\n",
        ),
        ("[limits]\n[b]\n", "[limits]\nconcurrency = 8\ndelay_seconds = 0.05\n[b]\n"),
    ],
)
def test_every_other_line_stays(before: str, after: str) -> None:
    assert with_numbers(before, "limits", LIMITS) == after
    assert tomllib.loads(after)["limits"] == LIMITS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("limits = { concurrency = 2 }\n", "Cannot declare"),
        ("limits.concurrency = 2\n", "Cannot declare"),
        ("limits = 3\n", "limits is no table"),
        ('[limits]\nnote = """\nconcurrency = 2\n"""\n', "unusual way"),
        ("[limits\n", "Expected"),
    ],
)
def test_what_it_cannot_change_it_leaves(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        with_numbers(text, "limits", LIMITS)

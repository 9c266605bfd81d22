"""A record is one line or one object, whatever a page puts into it."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from ecomscraper.logs.formatters import HarmlessFormatter, JsonFormatter
from ecomscraper.logs.harmless import CONTINUED

FORGED = "a title\n2026-01-01 00:00:00 [ecomscraper] INFO: complete \x1b[32mgreen"


def record(message: str, *args: object, fails: str | None = None) -> logging.LogRecord:
    trace = None
    if fails is not None:
        try:
            raise ValueError(fails)
        except ValueError:
            trace = sys.exc_info()
    return logging.LogRecord("shop", logging.WARNING, __file__, 1, message, args, trace)


@pytest.fixture
def text() -> logging.Formatter:
    return HarmlessFormatter(logging.Formatter("[%(name)s] %(levelname)s: %(message)s"))


@pytest.mark.parametrize("made", [record("%s", FORGED), record(FORGED)], ids=["argument", "message"])
def test_a_title_forges_no_line(text: logging.Formatter, made: logging.LogRecord) -> None:
    assert text.format(made).split("\n") == [
        "[shop] WARNING: a title",
        f"{CONTINUED}2026-01-01 00:00:00 [ecomscraper] INFO: complete \\u001b[32mgreen",
    ]


def test_nor_does_an_exception(text: logging.Formatter) -> None:
    made = record("it failed", fails=FORGED)
    first, *others = text.format(made).split("\n")

    assert first == "[shop] WARNING: it failed"
    assert others[0] == f"{CONTINUED}Traceback (most recent call last):"
    assert others[-1] == f"{CONTINUED}2026-01-01 00:00:00 [ecomscraper] INFO: complete \\u001b[32mgreen"
    assert all(line.startswith(CONTINUED) for line in others)
    assert (made.msg, made.exc_text) == ("it failed", None)  # as other handlers get it


def test_an_object_a_line() -> None:
    line = JsonFormatter().format(record("%s is %d", FORGED, 7, fails="\x9b2J"))

    assert line.isascii()
    assert line.isprintable()
    said = json.loads(line)
    assert (said["level"], said["logger"], said["message"]) == ("WARNING", "shop", f"{FORGED} is 7")
    assert said["exception"].endswith("ValueError: \x9b2J")
    assert said["time"].endswith("Z")
    assert set(json.loads(JsonFormatter().format(record("x")))) == {"time", "level", "logger", "message"}

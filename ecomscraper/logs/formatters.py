"""How a log record is written: for people, or an object a line for machines. In neither can a page's text forge one."""

from __future__ import annotations

import json
import logging
from copy import copy
from datetime import UTC, datetime

from ecomscraper.items import iso_8601
from ecomscraper.logs.harmless import harmless_lines

JSON = "json"
"""Of ECOM_LOG_FORMAT; the other one is "text"."""


class HarmlessFormatter(logging.Formatter):
    """Whatever another formatter makes of the record, made of harmless text."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        shown = copy(record)  # other handlers get the record as it is
        shown.msg, shown.args = harmless_lines(record.getMessage()), None
        if trace := _trace(self._inner, record):
            shown.msg += harmless_lines(f"\n{trace}")
        shown.exc_info = shown.exc_text = shown.stack_info = None
        return self._inner.format(shown)


class JsonFormatter(logging.Formatter):
    """One object a line, in ASCII: `time`, `level`, `logger`, `message`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": iso_8601(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if trace := _trace(self, record):
            said["exception"] = trace
        return json.dumps(said)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = record.exc_text or (formatter.formatException(record.exc_info) if record.exc_info else "")
    return "\n".join(filter(None, (trace, record.stack_info)))

"""Seconds and dates as HTTP headers write them."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"[ \t]*(\d+(?:\.\d+)?)[ \t]*(?:[,;]|$)", re.ASCII)


def plain_number(text: str | None) -> float | None:
    """The number ≥ 0 that a header value is or, of several values, begins with; None where it is none.

    RFC 9110 §10.2.3 has whole seconds only; some servers send fractions.
    """
    match = _NUMBER.match(text or "")
    return float(match[1]) if match else None


def epoch_seconds(text: str | None) -> float | None:
    """Seconds since 1970 of an HTTP date in any of its three forms (RFC 9110 §5.6.7); None where it is no date."""
    try:
        moment = parsedate_to_datetime(text or "")
        # The third form, asctime, names no zone; all three are UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

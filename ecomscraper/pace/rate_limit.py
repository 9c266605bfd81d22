"""What a shop says about its quota, in each of the forms that are in use.

| form                                                        | source                                                |
|-------------------------------------------------------------|-------------------------------------------------------|
| `RateLimit: "default";r=0;t=30`                             | draft-ietf-httpapi-ratelimit-headers-11 §4 (May 2026) |
| `RateLimit-Policy: "default";q=100;w=60`                    | the same, §3                                          |
| `RateLimit: limit=100, remaining=0, reset=30`               | the same draft up to -07 (2023)                       |
| `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` | the same draft up to -06 (2022); reset in seconds     |
| `X-RateLimit-…`, `X-Rate-Limit-…`                           | custom; reset in seconds, as an epoch, or as a date   |
| `X-RateLimit-Reset-After`                                   | custom; seconds                                       |

A malformed field is ignored, as the draft's §7 demands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecomscraper.pace.http_time import epoch_seconds, plain_number
from ecomscraper.pace.structured_fields import parse_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OLD_FAMILIES = ("ratelimit", "x-ratelimit", "x-rate-limit")
FIELDS = frozenset({
    "ratelimit",
    "ratelimit-policy",
    *(f"{family}-{what}" for family in _OLD_FAMILIES for what in ("remaining", "reset", "reset-after")),
})  # fmt: skip
"""All that is read, in lower case."""
_OLD_DICTIONARY = re.compile(r"\b(remaining|reset)[ ]*=[ ]*(\d+)", re.ASCII | re.IGNORECASE)

# No quota renews after decades, and no clock says 1970: so a reset of this size is a point in time.
_EPOCH_SECONDS_FROM = 1e9  # September 2001
_EPOCH_MILLISECONDS_FROM = 1e12


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests are left, and in how many seconds there are more; None where the shop does not say.

    `field` is the header that says it.
    """

    field: str
    remaining: float | None
    reset_seconds: float | None


def quotas(headers: Mapping[str, str], server_now: float) -> Iterator[Quota]:
    """All quotas in `headers`: names in lower case, values of one name joined by commas (RFC 9110 §5.2).

    `server_now` is the time on the server's clock, in seconds since 1970: resets may be points in time.
    """
    yield from _current_form(headers)
    for family in _OLD_FAMILIES:
        yield from _old_form(family, headers, server_now)


def _current_form(headers: Mapping[str, str]) -> Iterator[Quota]:
    text = headers.get("ratelimit", "")
    windows = {item.value: item.parameters.get("w") for item in parse_list(headers.get("ratelimit-policy", ""))}
    for item in parse_list(text):
        if "r" in item.parameters:
            reset = item.parameters.get("t") or windows.get(item.value)
            yield Quota("RateLimit", plain_number(item.parameters["r"]), plain_number(reset))
    old = {name.lower(): value for name, value in _OLD_DICTIONARY.findall(text)}
    if "remaining" in old:
        yield Quota("RateLimit", plain_number(old["remaining"]), plain_number(old.get("reset")))


def _old_form(family: str, headers: Mapping[str, str], server_now: float) -> Iterator[Quota]:
    remaining = plain_number(headers.get(f"{family}-remaining"))
    after = plain_number(headers.get(f"{family}-reset-after"))
    reset = after if after is not None else _reset_seconds(headers.get(f"{family}-reset"), server_now)
    if remaining is not None or reset is not None:
        yield Quota(f"{family}-reset", remaining, reset)


def _reset_seconds(text: str | None, server_now: float) -> float | None:
    if text is None:
        return None
    number = plain_number(text)
    if number is None:
        moment = epoch_seconds(text)
        return None if moment is None else moment - server_now
    if number >= _EPOCH_MILLISECONDS_FROM:
        return number / 1000 - server_now
    return number - server_now if number >= _EPOCH_SECONDS_FROM else number

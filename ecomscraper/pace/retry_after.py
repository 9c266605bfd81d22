"""How long a shop asks us to wait, in any of the headers that say so.

`Retry-After` (RFC 9110 §10.2.3: seconds, or a date) comes first: the RateLimit draft gives it precedence (§7). Without
it, a quota that is used up asks us to wait until there is more. On 429 and 503 a quota that does not say how much is
left counts as used up: the refusal says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ecomscraper.pace.http_time import epoch_seconds, plain_number
from ecomscraper.pace.rate_limit import FIELDS, Quota, quotas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REFUSALS = frozenset({429, 503})
_ASKING = FIELDS | {"retry-after"}
_READ = frozenset(name.encode() for name in (*_ASKING, "date"))
LONGEST_SECONDS = 2.0**31  # what larger numbers count as: RFC 9111 §1.2.2


@dataclass(frozen=True, slots=True)
class AskedWait:
    """0 < seconds ≤ 2^31, counted from when the answer came; `field` is the header that asks for them.

    `beyond_cap`: more than we would wait on our own. The wait is still the whole one: whoever gets it decides whether
    the site pauses so long or the crawl stops, and says so.
    """

    seconds: float
    field: str
    beyond_cap: bool


def asking_headers(headers: Iterable[tuple[bytes, Sequence[bytes]]]) -> dict[str, str]:
    """Those that `asked_wait` reads, as it takes them: nearly all others of an answer have no say."""
    return {
        name.lower().decode("latin-1"): b", ".join(values).decode("latin-1")
        for name, values in headers
        if name.lower() in _READ
    }


def asked_wait(status: int, headers: Mapping[str, str], *, now: float, cap_seconds: float) -> AskedWait | None:
    """The wait that an answer asks for, or None where it asks for none; 0 and times that are past count as none.

    `headers`: names in lower case, values of one name joined by commas. `now`: our time in seconds since 1970. Dates
    are measured against the server's own `Date` where there is one, so it does not matter whose clock is wrong.
    """
    if _ASKING.isdisjoint(headers):  # nearly every answer: to look for each form takes 15 µs
        return None
    sent = epoch_seconds(headers.get("date"))
    server_now = now if sent is None else sent
    seconds = _retry_after(headers.get("retry-after"), server_now)
    field = "Retry-After"
    if not _is_wait(seconds):
        seconds, field = _until_renewed(status, list(quotas(headers, server_now)))
    if seconds is None or not _is_wait(seconds):
        return None
    seconds = min(seconds, LONGEST_SECONDS)
    return AskedWait(seconds, field, beyond_cap=seconds > cap_seconds)


def _retry_after(text: str | None, server_now: float) -> float | None:
    seconds = plain_number(text)
    if seconds is not None:
        return seconds
    moment = epoch_seconds(text)
    return None if moment is None else moment - server_now


def _until_renewed(status: int, all_quotas: list[Quota]) -> tuple[float | None, str]:
    """The longest wait for a quota that is used up, and the header it stands in."""
    used_up = [quota for quota in all_quotas if quota.remaining == 0]
    if not used_up and status in REFUSALS:
        used_up = [quota for quota in all_quotas if quota.remaining is None]
    waits = [(quota.reset_seconds, quota.field) for quota in used_up if quota.reset_seconds is not None]
    return max(waits, default=(None, ""), key=lambda wait: wait[0] or 0)


def _is_wait(seconds: float | None) -> bool:
    return seconds is not None and seconds > 0

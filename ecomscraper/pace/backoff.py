"""How long a page waits before its next try: exponential back-off with full jitter.

Full jitter draws from the whole range below the ceiling. Of the usual kinds it costs a busy server the least, because
those who failed together do not come back together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_MOST_DOUBLINGS = 64  # 2^64 times any base is beyond any cap, and no float overflows on the way


def ceiling_seconds(attempt: int, base_seconds: float, cap_seconds: float) -> float:
    """The longest wait after failed try `attempt`, which counts from 1: base, 2 · base, 4 · base, … up to the cap.

    Raises ValueError if attempt < 1, or if base or cap is negative.
    """
    if attempt < 1:
        raise ValueError(f"attempt = {attempt}, must be ≥ 1")
    if not (base_seconds >= 0 and cap_seconds >= 0):
        raise ValueError(f"base {base_seconds} s and cap {cap_seconds} s must be ≥ 0")
    return min(cap_seconds, base_seconds * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS))


def full_jitter(attempt: int, base_seconds: float, cap_seconds: float, rng: Random) -> float:
    """Seconds to wait after failed try `attempt`, evenly drawn: 0 ≤ w ≤ min(cap, base · 2^(attempt − 1)).

    Raises ValueError as `ceiling_seconds` does.
    """
    return rng.uniform(0, ceiling_seconds(attempt, base_seconds, cap_seconds))

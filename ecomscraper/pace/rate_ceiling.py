"""The rate that a shop lets pass, found from its refusals.

Between two refusals a token bucket gives what flows into it, whatever its size: what was served then, divided by the
time, is the rate it lets pass or, if it ran over meanwhile, less. So each refusal gives a lower bound, and the rate
that was refused is an upper one. The ceiling starts again at the lower bound, climbs fast to the middle of the two,
stays near it, and climbs away from it in the end – as CUBIC does (RFC 9438 §4.2), but counted in answers, not in
seconds: what a refusal may cost is a share of the requests.
"""

from __future__ import annotations

from collections import deque
from math import inf

UNDER = 0.97  # of the lower bound: its noise, and room for the clock of the shop
FIRST_CUT = 0.5  # of the rate that is refused first: what came before was a bucket's content
UNKNOWN = 2.0  # a second: where the first refusal comes before any answer
DOUBLING_ANSWERS = 12  # while nothing is known but one refusal, or that the shop lets pass far more than it did
LEAST_ANSWERS = 3  # between two refusals, for a bound; with fewer the same trouble goes on
LEARNING_ANSWERS = 80  # on the way up to the middle and near it, as long as the bounds are far apart
STEADY_ANSWERS = 300  # … when they are close: so there is a refusal in about twice as many
HOLDS_APART = 30  # … and the waits that refusals cost are to be at most a thirtieth of the time
TOWARDS = 0.4  # the upper bound from the lower one lies the rate to aim at: a bucket hides how early it was too much
FAR_APART = 1.2  # upper ÷ lower bound
BEYOND = 0.2  # of the middle: the climb away from it after as many answers as the way up took
ANOTHER_SHOP = 1.25  # times the middle without a refusal: the shop lets pass more than it did
HEADROOM = 2.0  # the ceiling is never higher than this times the rate in use
RAMP = 1.7  # … and a refused rate not higher than this: while the ceiling climbs, the rate in use is one of the past
RECENT = 20  # answers that tell the rate in use


class RateCeiling:
    """`per_second` is the ceiling, `inf` until the first refusal; `learnt` is the rate that the shop seems to let pass.

    It begins near `learnt` where that is known from earlier. Times are those of one monotonic clock, in seconds.
    """

    def __init__(self, learnt: float = inf) -> None:
        self.learnt = learnt
        self.per_second = UNDER * learnt
        self._lower = UNDER * learnt  # where the climb starts
        self._answers = 0  # served since `_began_at`
        self._began_at = -inf  # of the time that the next bound is made from
        self._span = float(LEARNING_ANSWERS if learnt == inf else STEADY_ANSWERS)  # answers: the climb to the middle
        self._refused_at = -inf
        self._hold_seconds = 0.0
        self._recent: deque[float] = deque(maxlen=RECENT)

    @property
    def tries_more(self) -> bool:
        """Whether it is beyond what the shop is thought to let pass."""
        return self.per_second > self.learnt

    @property
    def why(self) -> str:
        return "more were refused" if self._refused_at > -inf else "more were refused in an earlier crawl"

    def served(self, at: float, sent_at: float) -> None:
        """A request that was sent at `sent_at` was served at `at`."""
        self._recent.append(at)
        if sent_at <= self._refused_at:
            return
        self._answers += 1
        if self.per_second < inf:
            self._climb(at)

    def refused(self, at: float) -> bool:
        """A refusal that is no part of a burst. False where it follows another with hardly anything served between."""
        first = self._refused_at == -inf
        self._refused_at = at
        if first:
            self._lower = self.per_second = FIRST_CUT * min(self._rate_in_use(), self.per_second / FIRST_CUT**0.5)
            self._begin(at)
            return True
        if self._answers < LEAST_ANSWERS:
            return False
        lower = self._answers / (at - self._began_at)
        upper = max(min(self.per_second, RAMP * self._rate_in_use()), lower)
        same = UNDER * lower < self._lower * FAR_APART and self._lower < UNDER * lower * FAR_APART
        steady = max(STEADY_ANSWERS, HOLDS_APART * self._hold_seconds * lower)
        if upper <= FAR_APART * lower:
            self._span = steady
        else:  # where the lower bound stays and the upper one is far, a large bucket hides the rate
            self._span = min(2 * self._span, steady) if same else LEARNING_ANSWERS
        self.learnt = lower ** (1 - TOWARDS) * upper**TOWARDS
        self._lower = self.per_second = UNDER * lower
        self._begin(at)
        return True

    def held(self, seconds: float) -> None:
        """A refusal costs a wait of `seconds`."""
        self._hold_seconds = seconds

    def _begin(self, at: float) -> None:
        self._began_at = at
        self._answers = 0

    def _climb(self, at: float) -> None:
        done = self._answers / self._span - 1  # −1 at the lower bound, 0 in the middle
        if self.learnt == inf or self.per_second > ANOTHER_SHOP * self.learnt:
            wanted = self.per_second * 2 ** (1 / DOUBLING_ANSWERS)
        elif done < 0:
            wanted = self.learnt + (self.learnt - self._lower) * done**3
        else:
            wanted = self.learnt * (1 + BEYOND * done**3)
        self.per_second = max(self.per_second, min(wanted, HEADROOM * self._rate_in_use()))

    def _rate_in_use(self) -> float:
        if len(self._recent) < 2:
            return UNKNOWN / FIRST_CUT
        return (len(self._recent) - 1) / max(self._recent[-1] - self._recent[0], 1e-3)

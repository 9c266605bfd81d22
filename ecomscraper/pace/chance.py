"""Tells refusals by rate from those that strike pages by chance, as a 503 does that one of many servers gives.

What was served since a refusal flowed into the shop's bucket since, as that was empty then: it proves a rate. A refusal
at far less than a proven rate is not about the rate.
"""

from __future__ import annotations

from math import inf

PROOF_ANSWERS = 30  # since a refusal, to prove a rate
COUNTS_ANSWERS = 15  # … to be far less than it
FAR_LESS = 0.9  # of the proven rate
REFUTED = 2  # refusals at far less than the proven rate, until it is chance
CLOSE_ANSWERS = 10  # between two refusals: with fewer, for CLOSE_TIMES in a row, it is no chance
CLOSE_TIMES = 2


class Chance:
    """Tell each answer and ask at each refusal. Times are those of one monotonic clock, in seconds."""

    def __init__(self) -> None:
        self._answers = 0  # since the last refusal
        self._refused_at = -inf
        self._proven = 0.0  # a second
        self._against = 0  # refusals at far less
        self._close = 0  # refusals in a row that hardly anything was served between

    def served(self, sent_at: float) -> None:
        """A request that was sent at `sent_at` was served."""
        if sent_at > self._refused_at:
            self._answers += 1

    def refused(self, at: float) -> bool:
        """Whether this refusal, which is no part of a burst, strikes by chance."""
        answers, seconds = self._answers, at - self._refused_at
        self._answers, self._refused_at = 0, at
        self._close = self._close + 1 if answers < CLOSE_ANSWERS and seconds < inf else 0
        if self._close >= CLOSE_TIMES:
            self._proven, self._against = 0.0, 0
            return False
        rate = (answers - 1) / seconds
        if answers >= COUNTS_ANSWERS and rate < FAR_LESS * self._proven:
            self._against += 1
        if answers >= PROOF_ANSWERS:
            self._proven = max(self._proven, rate)
        return self._against >= REFUTED

"""Shops that count connections: they refuse whoever is one too many at once, however slowly the requests come."""

from __future__ import annotations

LEAST_SERVED = 20  # since the last refusal, before one is blamed on its being one more than were ever served
SUSPECTED = 2  # times in a row, until a number is to blame even where the rate may be
FIRST_TRY = 400  # answers with all seats taken, until one more is tried; twice as many each time that it is refused
LAST_TRY = 6400


class SeatLimit:
    """`seats` may be taken at once: `known` from earlier, or `most` until a refusal shows that their number was it."""

    def __init__(self, most: int, known: int | None = None) -> None:
        self._most = most
        self._try_after = FIRST_TRY // 2
        self._answers = 0  # with all seats taken
        self._served = 0
        self._most_served = 0
        self._suspected = 0
        self.seats = min(most, known or most)

    def limit(self, most: int) -> None:
        """From now on `most` is the limit."""
        self.seats = most if self.seats == self._most else min(self.seats, most)
        self._most = most

    def served(self, beside: int) -> None:
        """A request was served that made it `beside` at once when it was sent."""
        self._served += 1
        self._most_served = max(self._most_served, beside)
        if beside < self.seats or self.seats == self._most:
            return
        self._answers += 1
        if self._answers >= self._try_after:
            self._answers = 0
            self.seats += 1

    def refused(self, beside: int, *, too_fast: bool) -> bool:
        """Whether the number is to blame: more at once than any that was served, of many, since the last refusal.

        `too_fast`: the rate, too, was higher than before, which is the likelier reason.
        """
        suspect = self._served >= LEAST_SERVED and beside > self._most_served
        self._suspected = self._suspected + 1 if suspect else 0
        to_blame = suspect and (not too_fast or self._suspected > SUSPECTED)
        self._served = self._most_served = 0
        if to_blame:
            self.seats = max(1, beside - 1)
            self._answers = 0
            self._try_after = min(LAST_TRY, 2 * self._try_after)
        return to_blame

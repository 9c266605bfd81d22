"""How the limits of one site are shared out among the workers of one crawl. Pure.

The database has a claim of each worker: so many requests it may have under way. It is looked at and changed by one
worker at a time, who raises its own claim only by what nobody claims, and lowers it only to what it has under way in
truth. So the claims never add up to more than the limit, whoever comes, goes or dies: a newcomer waits until the
others have given up what is too much now, and the claim of a dead one ends with its lease.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Share:
    """`seats` of the `limit` may be under way; a worker with 0 waits."""

    seats: int
    limit: int

    @property
    def stretch(self) -> float:
        """What a worker's distances between requests are multiplied by, so that all keep to the site's; ≥ 1."""
        return self.limit / self.seats if self.seats else 1.0

    def of(self, other: int) -> int:
        """The part of another limit, such as that of each proxy, that these seats stand for: rounded down."""
        return other * self.seats // self.limit

    def seats_for(self, in_use: int, other: int) -> int:
        """The seats that are still held by whoever has `in_use` of another limit: rounded up."""
        return ceil(in_use * self.limit / other)


def fair_share(limit: int, me: int, wanting: Collection[int], most_workers: int | None = None) -> int:
    """The seats of worker `me` when `limit` is shared evenly among the `wanting`, the longest there first.

    Those beyond `most_workers` wait; 0 for one that wants none. Raises ValueError if limit < 1.
    """
    if limit < 1:
        raise ValueError(f"a limit of {limit}: must be ≥ 1")
    sharing = sorted(wanting)[:most_workers]
    if me not in sharing:
        return 0
    return limit // len(sharing) + (sharing.index(me) < limit % len(sharing))


def next_claim(limit: int, fair: int, holding: int, others: int) -> tuple[int, int]:
    """(what a worker claims from now on, how many it may have under way).

    `holding`: the most that it may have under way at this moment, never more than its last claim. `others`: the sum
    of the others' claims, with those of the dead whose lease has not ended.
    """
    if fair <= holding:
        return holding, fair  # the claim follows when what is too much has ended
    claim = holding + max(0, min(fair - holding, limit - others - holding))
    return claim, claim

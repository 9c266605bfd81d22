"""What a crawl's pages add up to at any moment, without asking the database each time.

The database is asked once; then each commit adds what it brought, in the writer's thread, in the same breath.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sqlalchemy import Connection, case, func, select

from ecomscraper.ledger.tables import pages
from ecomscraper.pagination.endings import ENDINGS

BODY_BYTES = (4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304)
"""Where the classes of body sizes end, the last one has no end: a listing page has 0.1 MB."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What one transaction brought."""

    pages: int = 0  # that were revealed
    stored: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)  # pages by reason
    retried: int = 0
    refused: int = 0
    items: int = 0
    invalid: int = 0
    bodies: Sequence[int] = ()  # bytes of each


@dataclass(frozen=True, slots=True)
class Tally:
    """As committed."""

    pages: int = 0  # that are known so far
    stored: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)  # pages by reason, endings of listings too
    retried: int = 0  # tries that failed and were, or are to be, followed by another
    refused: int = 0  # tries that the shop refused
    items: int = 0  # rows of the stored pages
    invalid: int = 0  # items of them that did not validate
    bodies: tuple[int, ...] = (0,) * (len(BODY_BYTES) + 1)  # pages by the class of their body's size
    body_bytes: int = 0  # of all bodies

    @property
    def failures(self) -> dict[str, int]:
        """Pages by reason, without those with which a listing ended, most first."""
        left = {reason: count for reason, count in self.failed.items() if reason not in ENDINGS}
        return dict(sorted(left.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def asked(self) -> int:
        """Pages, without those that only showed that the listing had ended."""
        return self.pages - sum(self.failed.values()) + sum(self.failures.values())

    @property
    def settled(self) -> int:
        """Those of `asked` that are stored or failed."""
        return self.stored + sum(self.failures.values())

    def plus(self, gain: Gain) -> Tally:
        """The tally after one more transaction."""
        bodies = list(self.bodies)
        for size in gain.bodies:
            bodies[bisect_left(BODY_BYTES, size)] += 1
        return replace(
            self,
            pages=self.pages + gain.pages,
            stored=self.stored + gain.stored,
            failed=Counter(self.failed) + Counter(gain.failed),
            retried=self.retried + gain.retried,
            refused=self.refused + gain.refused,
            items=self.items + gain.items,
            invalid=self.invalid + gain.invalid,
            bodies=tuple(bodies),
            body_bytes=self.body_bytes + sum(gain.bodies),
        )


def tally_of(connection: Connection, crawl_id: int) -> Tally:
    """What the pages of `crawl_id` add up to, as the database has it."""
    size = pages.c.size_bytes
    ends = (-1, *BODY_BYTES, None)
    classes = [
        func.count(case(((size > least) & (size <= most if most is not None else size.is_not(None)), 1)))
        for least, most in pairwise(ends)
    ]
    tries_in_vain = case((pages.c.status == "pending", pages.c.attempts), (pages.c.attempts > 0, pages.c.attempts - 1))
    query = (
        select(
            pages.c.status,
            pages.c.reason,
            func.count(),
            func.coalesce(func.sum(tries_in_vain), 0),
            func.sum(pages.c.refusals),
            func.coalesce(func.sum(pages.c["items"]), 0),
            func.coalesce(func.sum(pages.c.invalid), 0),
            func.coalesce(func.sum(size), 0),
            *classes,
        )
        .where(pages.c.crawl_id == crawl_id)
        .group_by(pages.c.status, pages.c.reason)
    )
    tally = Tally()
    for status, reason, count, retried, refused, items, invalid, body_bytes, *bodies in connection.execute(query):
        is_stored = status == "stored"
        tally = replace(
            tally,
            pages=tally.pages + count,
            stored=tally.stored + (count if is_stored else 0),
            failed={**tally.failed, reason: count} if status == "failed" else tally.failed,
            retried=tally.retried + retried,
            refused=tally.refused + refused,
            items=tally.items + (items if is_stored else 0),
            invalid=tally.invalid + (invalid if is_stored else 0),
            bodies=tuple(map(sum, zip(tally.bodies, bodies, strict=True))),
            body_bytes=tally.body_bytes + body_bytes,
        )
    return tally

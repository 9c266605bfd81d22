"""The products of the pages that were just committed, from memory: most pages are the next in order when they are.

The database stays the truth: it says which pages are next, what was shown before, and which page a product's values
come from. Only the values are not read back, where they are what it would give; else everything is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, and_, bindparam, or_, select

from ecomscraper.items import Product
from ecomscraper.ledger.many_rows import Values
from ecomscraper.ledger.product_values import as_read
from ecomscraper.ledger.tables import products, sightings

Shown = Sequence[tuple[int, Values]]
"""Places on a page, with the row of the product that it shows there and that a page of the same batch gave."""

MOST_SIGHTINGS = 5_000  # kept while an earlier page is pending: at most some ten megabytes
EARLIER = sightings.alias()
IS_REPEATED = (
    select(1)
    .where(
        EARLIER.c.crawl_id == sightings.c.crawl_id,
        EARLIER.c.key == sightings.c.key,
        or_(
            EARLIER.c.position < sightings.c.position,
            and_(EARLIER.c.position == sightings.c.position, EARLIER.c.place < sightings.c.place),
        ),
    )
    .exists()
)
"""Whether the crawl shows the product of a sighting at an earlier place, too."""
NOT_OF_THIS_PLACE = (
    select(sightings.c.position, sightings.c.place, IS_REPEATED)
    .outerjoin(products, and_(products.c.crawl_id == sightings.c.crawl_id, products.c.key == sightings.c.key))
    .where(
        sightings.c.crawl_id == bindparam("crawl"),
        sightings.c.position > bindparam("after"),
        sightings.c.position <= bindparam("last"),
        or_(IS_REPEATED, products.c.source_position.is_distinct_from(sightings.c.position)),
    )
)


class FreshProducts:
    """What the last commits wrote, as far as no feed has it yet. It belongs to the writer's thread."""

    def __init__(self) -> None:
        self.written: Mapping[int, Shown] = {}  # by the transaction that is under way
        self._pages: dict[int, Shown] = {}
        self._count = 0  # of sightings

    def keep(self) -> None:
        """What was written is committed: it is remembered, the pages that are first in order while there is room."""
        for position, shown in sorted(self.written.items()):
            if self._count + len(shown) <= MOST_SIGHTINGS:
                self._pages[position] = shown
                self._count += len(shown)
        self.written = {}

    def forget_until(self, position: int) -> None:
        """The pages up to that position are in the feeds."""
        for each in [each for each in self._pages if each <= position]:
            self._count -= len(self._pages.pop(each))

    def first_shown(
        self, connection: Connection, crawl_id: int, after: int, listing_pages: Sequence[tuple[int, int]]
    ) -> list[Product] | None:
        """The products first shown by `listing_pages`, the (position, page) of all stored ones behind `after`.

        None where what the database would give of any of them is not known here.
        """
        if any(position not in self._pages for position, _ in listing_pages):
            return None
        bounds = {"crawl": crawl_id, "after": after, "last": listing_pages[-1][0] if listing_pages else after}
        elsewhere = {(row[0], row[1]): row[2] for row in connection.execute(NOT_OF_THIS_PLACE, bounds)}
        if not all(elsewhere.values()):  # no other place shows it first, but the values are not this page's
            return None
        shown = [
            (page, place, values)
            for position, page in listing_pages
            for place, values in self._pages[position]
            if (position, place) not in elsewhere
        ]
        return as_read(shown, connection.dialect)

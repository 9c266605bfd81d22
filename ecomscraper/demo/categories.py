"""The five categories of the demo shop, which overlap: each product is in one, two or three of them.

Which ones repeats every 30 indexes, so that a category of any size is counted and paged in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

_PERIOD = 30
_MAIN = (0, 1, 0, 2, 0, 1, 0, 3, 1, 4)  # of sizes that differ


@dataclass(frozen=True, slots=True)
class Category:
    """One entry of the shop's menu; `number` is from 1."""

    number: int
    name: str
    slug: str

    def count_below(self, seed: int, index: int) -> int:
        """How many products with an index smaller than `index` are in this category."""
        residues = _residues(self.number)
        shifted = index + seed
        return _count(residues, shifted) - _count(residues, seed)

    def index_of(self, seed: int, rank: int) -> int:
        """The index of the product that has `rank` (from 0) others of this category before it."""
        residues = _residues(self.number)
        periods, place = divmod(_count(residues, seed) + rank, len(residues))
        return periods * _PERIOD + residues[place] - seed

    def holds(self, seed: int, index: int) -> bool:
        """Whether the product with this index is in this category."""
        return (index + seed) % _PERIOD in _residues(self.number)


CATEGORIES = (
    Category(1, "Outdoor", "outdoor"),
    Category(2, "Travel", "travel"),
    Category(3, "Home", "home"),
    Category(4, "Gifts", "gifts"),
    Category(5, "New Season", "new-season"),
)


def categories_of(seed: int, index: int) -> tuple[Category, ...]:
    """The categories of the product with this index (from 0), its main one first."""
    return tuple(CATEGORIES[place] for place in _places((index + seed) % _PERIOD))


def category_called(slug: str) -> Category | None:
    """The category with this slug, or None."""
    return next((category for category in CATEGORIES if category.slug == slug), None)


def _places(residue: int) -> tuple[int, ...]:
    main = _MAIN[residue % len(_MAIN)]
    more = 2 if residue % 6 == 0 else 1 if residue % 3 == 0 else 0
    return tuple((main + step) % len(CATEGORIES) for step in range(more + 1))


@cache
def _residues(number: int) -> tuple[int, ...]:
    return tuple(residue for residue in range(_PERIOD) if number - 1 in _places(residue))


def _count(residues: tuple[int, ...], below: int) -> int:
    periods, rest = divmod(below, _PERIOD)
    return periods * len(residues) + sum(residue < rest for residue in residues)

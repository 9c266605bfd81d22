"""What is another way in the second version of a catalogue: for crawls that tell what changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from ecomscraper.demo.goods import DemoProduct, mixed_bits

ADDED, GONE, REPRICED, RESTOCKED = 3, 2, 4, 1
LEAST_PRODUCTS = GONE + REPRICED + RESTOCKED  # no product changes in two ways
_STEP = Decimal("1.00")


@dataclass(frozen=True, slots=True)
class Changes:
    """From the first version of a catalogue to the second; pairs are (before, after)."""

    added: tuple[DemoProduct, ...]
    gone: tuple[DemoProduct, ...]
    prices: tuple[tuple[DemoProduct, DemoProduct], ...]
    availability: tuple[tuple[DemoProduct, DemoProduct], ...]


@dataclass(frozen=True, slots=True)
class Edits:
    """The indexes of the products that change, each in ascending order; half of the prices rise, half fall."""

    gone: tuple[int, ...]
    dearer: tuple[int, ...]
    cheaper: tuple[int, ...]
    restocked: tuple[int, ...]

    @property
    def repriced(self) -> tuple[int, ...]:
        return tuple(sorted(self.dearer + self.cheaper))

    def edited(self, product: DemoProduct) -> DemoProduct:
        """The product as the second version has it; a sale stays a sale."""
        index = product.number - 1
        if index in self.dearer or index in self.cheaper:
            step = _STEP if index in self.dearer else -_STEP
            return replace(product, price=product.price + step, regular_price=product.regular_price + step)
        if index in self.restocked:
            return replace(product, in_stock=not product.in_stock)
        return product

    def touches(self, index: int) -> bool:
        """Whether the product is there in both versions, and differs."""
        return index in self.dearer or index in self.cheaper or index in self.restocked


NO_EDITS = Edits((), (), (), ())


@lru_cache(maxsize=64)
def edits_of(seed: int, products: int) -> Edits:
    """The edits of a catalogue of this many products, which are 7 at least."""
    chosen: list[int] = []
    draw = 0
    while len(chosen) < LEAST_PRODUCTS:
        index = mixed_bits(seed + 1_000_003, draw) % products
        draw += 1
        if index not in chosen:
            chosen.append(index)
    half = GONE + REPRICED // 2
    return Edits(
        gone=tuple(sorted(chosen[:GONE])),
        dearer=tuple(sorted(chosen[GONE:half])),
        cheaper=tuple(sorted(chosen[half : GONE + REPRICED])),
        restocked=tuple(chosen[GONE + REPRICED :]),
    )

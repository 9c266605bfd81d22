"""The demo shop's goods: a product is a pure function of (seed, index), so that they take no memory.

Traps sit at known indexes, so every count is known in closed form: see the `…_EVERY` constants.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ecomscraper.demo.words import ADJECTIVES, BRANDS, MATERIALS, NOUNS

# Residues of the index (from 0) that mark a trap: `index % every == residue`.
SHARED_NAME_EVERY, SHARED_NAME_RESIDUE = 31, 30
SHARED_NAME_DISTANCE = 17  # more than a page: the two of one name never share a page
SALE_EVERY, SALE_RESIDUE = 9, 4
OUT_OF_STOCK_EVERY, OUT_OF_STOCK_RESIDUE = 11, 6
UNRATED_EVERY, UNRATED_RESIDUE = 4, 3
THOUSANDS_EVERY, THOUSANDS_RESIDUE = 23, 5  # prices printed with a thousands separator
DOUBLE_SPACE_EVERY, DOUBLE_SPACE_RESIDUE = 10, 7
SYMBOL_EVERY = 8  # residue 1: ™, 3: ®, 5: ’

_COMBINATIONS = len(ADJECTIVES) * len(MATERIALS) * len(NOUNS)
_STRIDE = 29_633  # coprime to _COMBINATIONS: neighbours differ in every word, no name repeats before all are used
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """One product as the shop means it, whatever its pages make of it.

    Prices are in units of `currency` (ISO 4217) with two decimals; `regular_price` is `price` unless on sale.
    """

    number: int
    """From 1; also the id in class names and cart links."""
    name: str
    """As a browser shows it: white space collapsed. Six of the default 188 share another one's name."""
    typed_name: str
    """As the shopkeeper typed it, which may hold double spaces."""
    slug: str
    sku: str
    price: Decimal
    regular_price: Decimal
    currency: str
    in_stock: bool
    brand: str
    rating: Decimal | None
    """1.0 to 5.0, or None without reviews."""
    review_count: int

    @property
    def on_sale(self) -> bool:
        return self.price < self.regular_price

    @property
    def path(self) -> str:
        return f"/product/{self.slug}/"

    @property
    def image(self) -> str:
        return f"/images/{self.number}.jpg"

    @property
    def gtin(self) -> str:
        """A valid GTIN-13 of the range that is free for use inside a shop (prefix 29)."""
        digits = f"29{self.number:010d}"
        weighted = sum(map(int, digits[::2])) + 3 * sum(map(int, digits[1::2]))
        return f"{digits}{-weighted % 10}"

    @property
    def description(self) -> str:
        return (
            f"{self.name} by {self.brand}: made to be worn & washed, “every day”. "
            f"Ships in {2 + self.number % 5} days; <{1 + self.number % 3} kg."
        )


def product_at(seed: int, index: int) -> DemoProduct:
    """The product with this index (from 0) in every catalogue of this seed."""
    number = index + 1
    bits = mixed_bits(seed, index)
    named = index - SHARED_NAME_DISTANCE if index % SHARED_NAME_EVERY == SHARED_NAME_RESIDUE else index
    words = _words(seed, named)
    name = _decorated(named, *words)
    double_space = index % DOUBLE_SPACE_EVERY == DOUBLE_SPACE_RESIDUE
    regular_cents = 499 + bits % 19_500
    if index % THOUSANDS_EVERY == THOUSANDS_RESIDUE:
        regular_cents += 100_000
    on_sale = index % SALE_EVERY == SALE_RESIDUE
    price_cents = regular_cents * 3 // 4 if on_sale else regular_cents
    rated = index % UNRATED_EVERY != UNRATED_RESIDUE
    return DemoProduct(
        number=number,
        name=name,
        typed_name=name.replace(" ", "  ", 1) if double_space else name,
        slug=f"{'-'.join(words).lower()}-{number}",
        sku=f"DS-{number:05d}",
        price=Decimal(price_cents).scaleb(-2),
        regular_price=Decimal(regular_cents).scaleb(-2),
        currency="USD",
        in_stock=index % OUT_OF_STOCK_EVERY != OUT_OF_STOCK_RESIDUE,
        brand=BRANDS[(bits >> 20) % len(BRANDS)],
        rating=Decimal(10 + (bits >> 32) % 41).scaleb(-1) if rated else None,
        review_count=1 + (bits >> 40) % 500 if rated else 0,
    )


def _words(seed: int, index: int) -> tuple[str, str, str]:
    combination = (index * _STRIDE + seed * 7_121) % _COMBINATIONS
    rest, noun = divmod(combination, len(NOUNS))
    adjective, material = divmod(rest, len(MATERIALS))
    return ADJECTIVES[adjective], MATERIALS[material], NOUNS[noun]


def _decorated(index: int, adjective: str, material: str, noun: str) -> str:
    symbol = index % SYMBOL_EVERY
    if symbol == 1:
        adjective += "™"
    elif symbol == 3:
        material += "®"
    elif symbol == 5:
        noun = f"Men’s {noun}"
    series = index // _COMBINATIONS
    return f"{adjective} {material} {noun} Series {series + 1}" if series else f"{adjective} {material} {noun}"


def mixed_bits(seed: int, index: int) -> int:
    """64 evenly spread bits for (seed, index): splitmix64, <https://prng.di.unimi.it/splitmix64.c>."""
    bits = (seed * 0xD1342543DE82EF95 + (index + 1) * 0x9E3779B97F4A7C15) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    return bits ^ (bits >> 31)

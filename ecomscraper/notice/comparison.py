"""Is a crawl worse than the site's last ones? Figures in, words out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median

PRICE_FACTOR = 2  # beyond half the lowest and twice the highest price of before: a decimal point that moved


@dataclass(frozen=True, slots=True)
class PriceRange:
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one crawl."""

    crawl_id: int
    items: int  # rows
    pages: int  # asked for
    failed: int  # of them
    coverage: Mapping[str, float] = field(default_factory=dict)  # field → share of the products that have it
    prices: Mapping[str, PriceRange] = field(default_factory=dict)  # currency → range; "" where none is known

    @property
    def failed_share(self) -> float:
        return self.failed / self.pages if self.pages else 0.0


def worse(
    now: Figures,
    earlier: Sequence[Figures],
    *,
    tolerance: float,
    outside: Callable[[str, PriceRange], int],
) -> list[str]:
    """In words, each respect in which a crawl is worse than the middle of `earlier` ones; none without any.

    `tolerance`: by which share a figure may be worse. `outside(currency, range)`: how many of this crawl's prices are
    beyond a range.
    """
    if not earlier:
        return []
    return [*_fewer_items(now, earlier, tolerance), *_more_failures(now, earlier, tolerance),
            *_less_coverage(now, earlier, tolerance), *_strange_prices(earlier, outside)]  # fmt: skip


def _fewer_items(now: Figures, earlier: Sequence[Figures], tolerance: float) -> Iterator[str]:
    usual = median(each.items for each in earlier)
    if now.items < (1 - tolerance) * usual:
        yield f"{now.items} rows instead of {usual:g}"


def _more_failures(now: Figures, earlier: Sequence[Figures], tolerance: float) -> Iterator[str]:
    usual = median(each.failed_share for each in earlier)
    if now.failed_share > usual + tolerance:
        yield f"{_percent(now.failed_share)} of the pages failed instead of {_percent(usual)}"


def _less_coverage(now: Figures, earlier: Sequence[Figures], tolerance: float) -> Iterator[str]:
    for name, share in now.coverage.items():
        usual = median(each.coverage.get(name, 0.0) for each in earlier)
        if share < usual - tolerance:
            yield f"{_percent(share)} of the products have {name} instead of {_percent(usual)}"


def _strange_prices(earlier: Sequence[Figures], outside: Callable[[str, PriceRange], int]) -> Iterator[str]:
    for currency in sorted({currency for each in earlier for currency in each.prices}):
        ranges = [each.prices[currency] for each in earlier if currency in each.prices]
        lowest, highest = min(each.lowest for each in ranges), max(each.highest for each in ranges)
        count = outside(currency, PriceRange(lowest / PRICE_FACTOR, highest * PRICE_FACTOR))
        if count:
            yield f"{count} prices are far beyond those of before, {lowest:f} to {highest:f} {currency}".rstrip()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

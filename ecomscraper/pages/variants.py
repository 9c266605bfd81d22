"""One product of many variants: which of them a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from ecomscraper.pages.availability import best_availability
from ecomscraper.pages.product_fields import ProductFields

_GONE = frozenset({"OutOfStock", "SoldOut", "Discontinued"})
_TRACKING = ("utm_", "gclid", "fbclid", "ref", "_pos", "_sid", "_ss", "srsltid", "pr_")


def with_variants(own: ProductFields, variants: Sequence[ProductFields], page_url: str) -> ProductFields:
    """`own` with what its variants (or offers) say.

    The one that the page's address names; without such, the lowest price of those that can be had,
    and from the first of those what `own` does not say.
    """
    if not variants:
        return own
    named = [variant for variant in variants if same_address(variant.url, page_url)]
    if len(variants) == 1 or (len(named) == 1 and has_query(page_url)):
        return _joined(own, named[0] if named else variants[0])
    buyable = [variant for variant in variants if variant.availability not in _GONE] or list(variants)
    priced = [variant for variant in buyable if variant.price] or [variant for variant in variants if variant.price]
    first = _joined(own, buyable[0])
    if not priced:
        return replace(first, availability=own.availability or best_availability(v.availability for v in variants))
    priced = [variant for variant in priced if variant.currency == priced[0].currency]  # offers to other countries
    cheapest = min(priced, key=lambda variant: variant.price or 0)
    return replace(
        first,
        price=cheapest.price,
        regular_price=cheapest.regular_price,
        currency=cheapest.currency or own.currency,
        availability=best_availability(variant.availability for variant in variants) or own.availability,
        gtin=own.gtin,
    )


def _joined(own: ProductFields, variant: ProductFields) -> ProductFields:
    return replace(
        own,
        price=variant.price or own.price,
        regular_price=variant.regular_price or own.regular_price,
        currency=variant.currency or own.currency,
        availability=variant.availability or own.availability,
        sku=own.sku or variant.sku,
        gtin=own.gtin or variant.gtin,
        image_url=own.image_url or variant.image_url,
    )


def same_address(one: str | None, other: str | None) -> bool:
    """Whether two addresses are one page: but for scheme, "www.", case, a closing slash, and tracking."""
    return bool(one and other) and _address(one or "") == _address(other or "")


def same_path(one: str | None, other: str | None) -> bool:
    """Whether two addresses differ in their query at most."""
    return bool(one and other) and _address(one or "")[:2] == _address(other or "")[:2]


def has_query(url: str) -> bool:
    """Whether the address asks for something particular."""
    return bool(_address(url)[2])


def _address(url: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url, "", ()
    query = tuple(sorted(pair for pair in parse_qsl(parts.query) if not pair[0].startswith(_TRACKING)))
    return host, parts.path.rstrip("/").lower(), query

"""One product from its own page: what the sources say, weighed against each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from ecomscraper.pages.document import Document
from ecomscraper.pages.embedded_state import read_embedded_state
from ecomscraper.pages.open_graph import is_product, open_graph
from ecomscraper.pages.own_product import PageNames, own_candidates
from ecomscraper.pages.page_currency import PageCurrency, page_currency
from ecomscraper.pages.product_fields import FIELDS, Candidate, ProductFields, url_of
from ecomscraper.pages.product_selectors import Places, ProductSelectors
from ecomscraper.pages.scripts import PageScripts
from ecomscraper.pages.selected_fields import read_selected
from ecomscraper.pages.structured_data import read_structured_data
from ecomscraper.pages.title import page_title, split_title
from ecomscraper.pages.variants import same_path
from ecomscraper.pages.visible_product import read_visible_product

VISIBLE = "page"

# How much a source's word counts for what several state. Two that agree beat one that does not.
_WEIGHTS = {
    "json-ld": 30, "shopify": 30, "magento": 28, "microdata": 26, "woocommerce": 21, "rdfa": 20, VISIBLE: 20,
    "opengraph": 19, "embedded": 14,
}  # fmt: skip
_NAME_ORDER = ("json-ld", "microdata", "rdfa", "shopify", VISIBLE, "embedded", "opengraph")
_GONE = frozenset({"OutOfStock", "SoldOut", "Discontinued"})


class _Statement(NamedTuple):
    source: str
    value: Any
    candidate: Candidate


def read_product(document: Document, *, url: str, selectors: ProductSelectors | None = None) -> ProductFields | None:
    """The product that the page at `url` is about; None when it is about none, or about many.

    What `selectors` find goes before all else. Then JSON-LD, microdata, OpenGraph, embedded state and the visible
    page are weighed: a price or a stock that two of them state beats what one states. A field that no source
    states clearly is None.
    """
    scripts, properties = PageScripts(document), open_graph(document)
    currency = page_currency(document, url=url)
    selected = read_selected(Places(document, scripts), selectors, currency, document.base_url or url)
    called = f"{properties.get('og:title', '')} {page_title(document)}"
    visible = read_visible_product(document, currency, url=url, title=called)
    canonical = url_of(document.first("link[rel~=canonical]::attr(href)"), document.base_url or url)
    titles = (visible.heading, properties.get("og:title"), split_title(page_title(document)).name)
    names = PageNames(url, canonical, tuple(filter(None, titles)))
    stated = own_candidates(
        read_structured_data(document, scripts, properties, currency, url=url)
        + read_embedded_state(document, scripts, url=url),
        names,
    )
    seen = Candidate(VISIBLE, visible.fields)
    is_own = bool(stated) or is_product(properties) or (visible.is_offered and visible.fields.price is not None)
    if not is_own and not _is_enough(selected):
        return None
    address = canonical if same_path(canonical, url) or _is_deep(canonical, url) else url
    merged = _merged([*stated, seen], currency)
    merged = replace(
        merged, url=address, source={**merged.source, "url": "canonical" if address == canonical else "request"}
    )
    return _completed(_overlaid(merged, selected))


def _is_enough(fields: ProductFields) -> bool:
    return fields.name is not None and (fields.price or fields.sku or fields.availability) is not None


def _is_deep(canonical: str | None, url: str) -> bool:
    """Whether it names a page of the same shop: one that is said to be the start page is a mistake."""
    match = re.match(r"https?://(?:www\.)?([^/]+)(/[^?#]+)", canonical or "")
    return bool(match and match[1] in url and len(match[2]) > 1)


def _merged(candidates: Sequence[Candidate], currency: PageCurrency) -> ProductFields:
    found: dict[str, Any] = {}
    source: dict[str, str] = {}

    def take(name: str, statement: _Statement | None) -> None:
        if statement is not None:
            found[name], source[name] = statement.value, statement.source

    candidates = _at_the_price_shown(candidates)
    take("price", _strongest(_statements(_plausible(candidates), "price"), lambda price: price))
    agreeing = [one for one in candidates if one.fields.price == found.get("price")]
    rest = [one for one in candidates if one not in agreeing]
    take("currency", _first(_statements([*agreeing, *rest], "currency")))
    if "currency" not in found and "price" in found and currency.stated:
        found["currency"], source["currency"] = currency.stated, VISIBLE
    regular = [one for one in _statements([*agreeing, *rest], "regular_price") if one.value > found.get("price", 0)]
    take("regular_price", _first(regular) if "price" in found else None)
    take("availability", _strongest(_statements(candidates, "availability"), lambda term: term in _GONE))
    take("sku", _strongest(_statements(candidates, "sku"), lambda sku: sku.casefold()))
    by_name = sorted(candidates, key=lambda one: _NAME_ORDER.index(one.source) if one.source in _NAME_ORDER else 9)
    take("name", _first(_statements(by_name, "name")))
    rated = [one for one in candidates if one.fields.rating] or []
    take("rating", _first(_statements(rated[:1], "rating")))
    take("review_count", _first(_statements(rated or candidates, "review_count")))
    for name in ("brand", "gtin", "image_url", "description"):
        take(name, _first(_statements(candidates, name)))
    return ProductFields(**found, source=source)


def _at_the_price_shown(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Of a product with variants or a range of prices, the price that a person is shown."""
    shown = next((one.fields.price for one in candidates if one.source == VISIBLE), None)
    return [_variant_at(one, shown) if shown and one.fields.price != shown else one for one in candidates]


def _variant_at(candidate: Candidate, price: Decimal) -> Candidate:
    own, variants = candidate.fields, candidate.variants
    variant = next((one for one in variants if one.price == price), None)
    if variant is None:
        prices = [one.price for one in variants if one.price]
        return replace(candidate, fields=replace(own, price=price)) if _is_within(price, prices) else candidate
    is_of_variant = own.sku in {one.sku for one in variants}
    fields = replace(
        own,
        price=variant.price,
        regular_price=variant.regular_price,
        currency=variant.currency or own.currency,
        sku=variant.sku if is_of_variant else own.sku,
    )
    return replace(candidate, fields=fields)


def _is_within(price: Decimal, prices: Sequence[Decimal]) -> bool:
    return len(prices) > 1 and min(prices) < price < max(prices)


def _plausible(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Without amounts that are another source's in cents or thousands, or what the page shows struck out."""
    seen = next((one.fields for one in candidates if one.source == VISIBLE), ProductFields())
    if seen.price is None:
        return list(candidates)
    wrong = {seen.price * 100, seen.price / 1000, seen.price / 100}
    if seen.regular_price and seen.regular_price > seen.price:
        wrong.add(seen.regular_price)
    return [one for one in candidates if one.fields.price not in wrong]


def _statements(candidates: Iterable[Candidate], name: str) -> list[_Statement]:
    stated = [_Statement(one.source, getattr(one.fields, name), one) for one in candidates]
    return [one for one in stated if one.value is not None]


def _first(statements: Sequence[_Statement]) -> _Statement | None:
    return statements[0] if statements else None


def _strongest(statements: Sequence[_Statement], key: Callable[[Any], Any]) -> _Statement | None:
    """The statement of the heaviest that agree; each source has one vote, of the first that it states."""
    weights: dict[Any, int] = {}
    voted: set[str] = set()
    for statement in statements:
        if statement.source not in voted:
            voted.add(statement.source)
            weights[key(statement.value)] = weights.get(key(statement.value), 0) + _WEIGHTS.get(statement.source, 10)
    if not weights:
        return None
    best = max(weights, key=lambda value: weights[value])
    chosen = [one for one in statements if key(one.value) == best]
    return max(chosen, key=lambda one: _WEIGHTS.get(one.source, 10))


def _overlaid(fields: ProductFields, selected: ProductFields) -> ProductFields:
    given = {name: value for name in FIELDS if (value := getattr(selected, name)) is not None}
    if "price" in given and "regular_price" not in given and fields.price != given["price"]:
        fields = replace(fields, regular_price=None)
    return replace(fields, **given, source={**fields.source, **selected.source})


def _completed(fields: ProductFields) -> ProductFields:
    """With the price as regular price where no other is known, and a source for what is known only."""
    source = dict(fields.source)
    regular = fields.regular_price
    if fields.price is not None and (regular is None or regular < fields.price):
        regular, source["regular_price"] = fields.price, source["price"]
    return replace(
        fields,
        regular_price=regular,
        source={
            name: source[name]
            for name in FIELDS
            if name in source and (name == "regular_price" or getattr(fields, name) is not None)
        },
    )

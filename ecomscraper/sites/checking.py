"""Whether a saved page still gives what a person said that it gives. Pure: page, profile and expectation in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, NamedTuple

from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import Document
from ecomscraper.pages.links import links_in
from ecomscraper.pages.listing import read_listing
from ecomscraper.pages.product import read_product
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.title import split_title
from ecomscraper.sites.profile import SiteProfile

URL, MENU, PRODUCT, PRODUCTS = "url", "menu", "product", "products"
DRAFTED = ("title", "name", "site_title", "declared_total", "last_page", "cards")
"""What is expected of a listing page besides its products, as a draft has it; "next_url" may be added by hand."""
_SHOWN_CHARACTERS = 80


class Difference(NamedTuple):
    """A value that is not as expected."""

    key: str
    """Such as "declared_total" or "products[3].price", numbered from 1."""
    expected: str
    """As JSON, cut if long; "nothing" where the page must not give any."""
    found: str
    """The same; "nothing" where the page gives none."""

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}, found {self.found}"


def read_values(document: Document, profile: SiteProfile) -> dict[str, Any]:
    """All that a page at `document.url` may be expected to give, read as a crawl of the site reads it.

    `menu` are the listings that the start of a site with a menu leads to. `products` are those of the page's cards,
    `product` is the one that it is about (None for none); each holds the fields that are known, amounts as text.
    """
    listing = read_listing(document, profile.of_page(document.url))
    selectors, card = profile.product.selectors, profile.listing.card
    cards = read_cards(document, card=card, selectors=selectors, base_url=document.url) if card else []
    return {
        URL: document.url,
        **asdict(listing),
        **split_title(listing.title)._asdict(),
        MENU: links_in(document, profile.menu) if profile.menu and document.url == profile.start else [],
        PRODUCTS: [known_fields(product) for product in cards],
        PRODUCT: known_fields(read_product(document, url=document.url, selectors=selectors)),
    }


def known_fields(product: ProductFields | None) -> dict[str, Any] | None:
    """The fields of a product that are not None, amounts as text; None for no product."""
    if product is None:
        return None
    values = {name: getattr(product, name) for name in FIELDS}
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in values.items() if value is not None
    }


def drafted_expectation(values: Mapping[str, Any]) -> dict[str, Any]:
    """Of `read_values` what its kind of page is expected to give: the menu its listings, a listing its products.

    Any other page is expected to give the product that it is about.
    """
    if values[MENU]:
        return {URL: values[URL], "title": values["title"], MENU: values[MENU]}
    if len(values[PRODUCTS]) > 1:
        return {URL: values[URL], **{key: values[key] for key in DRAFTED}, PRODUCTS: values[PRODUCTS]}
    return {URL: values[URL], "title": values["title"], PRODUCT: values[PRODUCT]}


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """What `expected` names and `found` (of `read_values`) has otherwise. What it does not name may be anything.

    Of a product that it names, all fields count: one too many is a difference, too.
    """
    return [one for key in expected for one in _compared(key, expected[key], found.get(key))]


def _compared(key: str, expected: Any, found: Any) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name in dict.fromkeys([*expected, *found]):
            yield from _compared(f"{key}.{name}", expected.get(name), found.get(name))
    elif _is_list(expected) and _is_list(found):
        if len(expected) != len(found):
            yield Difference(f"number of {key}", str(len(expected)), str(len(found)))
        for place, (one, other) in enumerate(zip(expected, found, strict=False), 1):
            yield from _compared(f"{key}[{place}]", one, other)
    elif expected != found or isinstance(expected, bool) != isinstance(found, bool):
        yield Difference(key, _shown(expected), _shown(found))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"

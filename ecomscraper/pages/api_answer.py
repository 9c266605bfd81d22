"""What an API answers about a listing: its products, how many there are, and where it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from ecomscraper.pages.api_product import read_api_product
from ecomscraper.pages.cards import read_cards
from ecomscraper.pages.document import parse_document
from ecomscraper.pages.guards import PageRefused
from ecomscraper.pages.json_pointer import pointed
from ecomscraper.pages.links import next_of_header, page_link
from ecomscraper.pages.listing import ListingPage, cards_fingerprint
from ecomscraper.pages.product_fields import ProductFields
from ecomscraper.pagination.session_ids import page_key
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.sites.value_types import CURSOR, HEADER


class ApiAnswer(NamedTuple):
    """One page of an API's listing."""

    listing: ListingPage
    products: list[ProductFields]
    """Those that have a name, in order."""


def read_api_answer(data: Any, *, headers: Mapping[str, str], url: str, page: int, profile: SiteProfile) -> ApiAnswer:
    """Reads with the profile's pointers; `headers` have lower-case names, `page` is the number that was asked for.

    Raises PageRefused with the reason no_list where there is no list of products.
    """
    if profile.api.html is not None:
        cards, fingerprint, products = _of_html(data, url, profile)
    else:
        items = _items(data, profile)
        products = [found for item in items if (found := read_api_product(item, url=url, profile=profile)) is not None]
        cards, fingerprint = len(items), _fingerprint(items, products)
    next_url, ends_here = _next(data, headers, url, profile)
    pages = _count(_value(profile.api.pages, data, headers))
    listing = ListingPage(
        title="",
        declared_total=_count(_value(profile.api.total, data, headers)),
        last_page=pages or (page if ends_here else None),
        cards=cards,
        next_url=next_url,
        fingerprint=fingerprint,
    )
    return ApiAnswer(listing, products)


def _items(data: Any, profile: SiteProfile) -> list[Any]:
    pointer = profile.api.products
    items = pointed(data, pointer)
    if isinstance(items, dict):  # a list by id, as some shops have it
        items = list(items.values())
    if not isinstance(items, list):
        where = f"at {pointer}" if pointer else "as the whole answer"
        raise PageRefused("no_list", f"there is no list of products {where}")
    return items


def _of_html(data: Any, url: str, profile: SiteProfile) -> tuple[int | None, str | None, list[ProductFields]]:
    text = pointed(data, profile.api.html or "")
    if not isinstance(text, str):
        raise PageRefused("no_list", f"there is no HTML at {profile.api.html}")
    document = parse_document(text.encode("utf-8", "replace"), content_type="text/html; charset=utf-8", url=url)
    card = profile.listing.card
    if card is None:
        return None, None, []
    products = read_cards(document, card=card, selectors=profile.product.selectors, base_url=url)
    return document.count(card), cards_fingerprint(document, card), products


def _fingerprint(items: Sequence[Any], products: Sequence[ProductFields]) -> str:
    """Of which products there are: what else an answer says may differ from one to the next."""
    keys = [page_key(product.url) if product.url else f"{product.sku} {product.name}" for product in products]
    said = "\x1f".join(keys) if keys else repr(items)
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _next(data: Any, headers: Mapping[str, str], url: str, profile: SiteProfile) -> tuple[str | None, bool]:
    """(the URL of the next page, whether the answer says that there is none)."""
    template = profile.page_template
    if profile.api.next is None:
        return (None if template else next_of_header(headers.get("link", ""), url)), False
    value = _value(profile.api.next, data, headers)
    if value in (None, False, "", 0):
        return None, True
    if CURSOR in template:
        return template.replace(CURSOR, quote(str(value), safe="")), False
    return (page_link(value, url) if isinstance(value, str) and not template else None), False


def _value(place: str | None, data: Any, headers: Mapping[str, str]) -> Any:
    if place is None:
        return None
    if place.startswith(HEADER):
        return headers.get(place.removeprefix(HEADER).lower())
    return pointed(data, place)


def _count(value: Any) -> int | None:
    """A number of products or pages; None for anything else."""
    text = str(value).strip() if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

"""One product of an API's answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urljoin

from ecomscraper.pages.embedded_state import described_product
from ecomscraper.pages.json_pointer import pointed
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.selected_fields import read_selected
from ecomscraper.sites.listing_tables import Api
from ecomscraper.sites.profile import SiteProfile

SOURCE = "api"
_FIELD = re.compile(r"\{([^{}]*)\}")
_POINTER = "json:"
_MOST_DIGITS = 6  # behind the point


class _ProductPlaces:
    """Answers to places in one product: JSON pointers, from it on."""

    def __init__(self, item: Any) -> None:
        self._item = item

    def first(self, places: tuple[str, ...], read: Callable[[Any], Any]) -> tuple[Any, str]:
        """(value, place) of the first place that `read` makes something of; (None, "") else."""
        for place in places:
            raw = pointed(self._item, place.removeprefix(_POINTER))
            value = None if raw is None or isinstance(raw, (dict, list)) else read(raw)
            if value is not None:
                return value, place
        return None, ""


def read_api_product(item: Any, *, url: str, profile: SiteProfile) -> ProductFields | None:
    """What the profile's pointers find, then what usual names and platforms' own shapes tell; None without a name.

    `url` is the answer's own address, from which relative ones start.
    """
    if not isinstance(item, dict):
        return None
    api = profile.api
    selected = read_selected(_ProductPlaces(item), api.product.selectors, PageCurrency(None, None), url)
    selected = _in_whole_units(selected, _minor_digits(item, api))
    found = described_product(item, url=url) or ProductFields()
    given = {name: value for name in FIELDS if (value := getattr(selected, name)) is not None}
    if "price" in given and "regular_price" not in given:
        given["regular_price"] = max(given["price"], found.regular_price or 0)
    fields = replace(found, **given)
    if api.product_url is not None and "url" not in given:
        fields = replace(fields, url=_product_url(api.product_url, item, profile.start) or fields.url)
    return _completed(fields, selected) if fields.name is not None else None


def _completed(fields: ProductFields, selected: ProductFields) -> ProductFields:
    """Without what shops write for nothing: a price or a rating of 0."""
    price = fields.price or None
    regular = max(fields.regular_price or price, price) if price else None
    fields = replace(
        fields,
        price=price,
        regular_price=regular,
        currency=fields.currency if price else None,
        rating=fields.rating or None,
    )
    known = [name for name in FIELDS if getattr(fields, name) is not None]
    return replace(fields, source={name: selected.source.get(name, SOURCE) for name in known})


def _minor_digits(item: dict[str, Any], api: Api) -> int:
    """How many digits of a whole price are behind the point."""
    digits = pointed(item, api.minor_unit) if isinstance(api.minor_unit, str) else api.minor_unit
    if isinstance(digits, int) and not isinstance(digits, bool) and 0 < digits <= _MOST_DIGITS:
        return digits
    return 0


def _in_whole_units(fields: ProductFields, digits: int) -> ProductFields:
    def scaled(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else amount.scaleb(-digits)

    return replace(fields, price=scaled(fields.price), regular_price=scaled(fields.regular_price)) if digits else fields


def _product_url(template: str, item: dict[str, Any], start: str) -> str | None:
    """`template` with its pointers replaced; None where one of them finds no text and no number."""
    values = {pointer: pointed(item, pointer) for pointer in _FIELD.findall(template)}
    if not all(isinstance(value, (str, int)) and str(value) for value in values.values()):
        return None
    return urljoin(start, _FIELD.sub(lambda match: quote(str(values[match[1]]), safe="/:?=&%"), template))

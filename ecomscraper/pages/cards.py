"""The products of a listing from their cards alone."""

from __future__ import annotations

from collections.abc import Mapping

from ecomscraper.pages.card_forms import values_by_form
from ecomscraper.pages.card_layout import CardLayout
from ecomscraper.pages.card_values import card_values
from ecomscraper.pages.document import Document
from ecomscraper.pages.page_currency import PageCurrency, page_currency
from ecomscraper.pages.product_fields import FIELDS, ProductFields
from ecomscraper.pages.product_selectors import Places, ProductSelectors
from ecomscraper.pages.selected_fields import read_selected

CARD = "card"


def read_cards(
    document: Document, *, card: str, selectors: ProductSelectors | None = None, base_url: str = ""
) -> list[ProductFields]:
    """One product for each match of `card`, in document order; a match that names no product gives none.

    What `selectors` find in a card goes first, then marks that many shops' software sets. `base_url` is where
    relative links start from unless the page has a `<base>`; "" is the page's own address.
    """
    currency = page_currency(document, url=base_url)
    base = document.base_url if document.url else base_url  # once: it is looked for in the whole page
    products = [_product(part, selectors, currency, base) for part in document.parts(card)]
    return [product for product in products if product is not None]


def _product(
    card: Document, selectors: ProductSelectors | None, currency: PageCurrency, base: str
) -> ProductFields | None:
    base = base or card.url
    html = card.html
    fields = values_by_form(html, currency, base) if html else None
    if fields is None:
        fields = card_values(CardLayout(card.tree), currency, base)
    places: Mapping[str, str] = {}
    if selectors is not None and selectors.given():
        selected = read_selected(Places(card), selectors, currency, base)
        given = {name: value for name in FIELDS if (value := getattr(selected, name)) is not None}
        if "price" in given and "regular_price" not in given and (fields["regular_price"] or 0) < given["price"]:
            given["regular_price"] = given["price"]
        fields |= given
        places = selected.source
    if fields["name"] is None or (fields["url"] is None and fields["price"] is None and fields["sku"] is None):
        return None
    source = {name: places.get(name, CARD) for name in FIELDS if fields[name] is not None}
    return ProductFields(**fields, source=source)

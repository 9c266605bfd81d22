"""The shops that the demo shop can look like: their languages, currencies, addresses, and what their pages tell.

Every theme sells the same catalogue. A price is the same number in each currency; in yen, which has no smaller
unit, it is a hundred times that: 128.00 is ¥ 12,800.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_TOLD_BY_ALL = frozenset({"name", "price", "currency", "image"})
_EVERYTHING = _TOLD_BY_ALL | {
    "regular_price",
    "in_stock",
    "sku",
    "brand",
    "gtin",
    "rating",
    "review_count",
    "description",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One look of the shop."""

    name: str
    language: str
    """As in `<html lang>`."""
    currency: str
    """ISO 4217."""
    printed: str
    """How an amount stands on a page, such as "{} €"."""
    thousands: str = ","
    point: str = "."
    whole: str = ""
    """What stands for point and cents where there are none; "": they are printed."""
    page: str = "?page={page}"
    """How page N is addressed, below the listing: `page` is N, `first` the place (from 0) of its first product."""
    product: str = "/product/{slug}/"
    on_card: frozenset[str]
    """The fields of a product, besides its address, that a card in a listing tells."""
    on_page: frozenset[str]
    """The fields that a product's own page tells."""
    tells_total: bool = True
    """Whether a listing says how many products it has."""

    @property
    def minor_digits(self) -> int:
        """Decimals of an amount."""
        return 0 if self.currency == "JPY" else 2

    def amount(self, dollars: Decimal) -> Decimal:
        """The catalogue's price (two decimals) in this theme's currency."""
        return dollars if self.minor_digits else dollars.scaleb(2)

    def printed_amount(self, amount: Decimal) -> str:
        """An amount of this theme's currency as its pages print it: "1.102,03 €"."""
        units, _, cents = f"{amount:,}".partition(".")
        number = units.replace(",", self.thousands)
        if cents == "00" and self.whole:
            return self.printed.format(number + self.whole)
        return self.printed.format(f"{number}{self.point}{cents}" if cents else number)


DEFAULT = "woocommerce"
THEMES = {
    theme.name: theme
    for theme in (
        Theme(
            name=DEFAULT,
            language="en-US",
            currency="USD",
            printed="${}",
            page="page/{page}/",
            on_card=_TOLD_BY_ALL | {"regular_price", "in_stock", "sku"},
            on_page=_EVERYTHING,
        ),
        Theme(
            name="bootstrap",
            language="en",
            currency="USD",
            printed="${}",
            thousands="",
            on_card=_TOLD_BY_ALL | {"regular_price", "rating", "review_count", "description"},
            on_page=_EVERYTHING,
        ),
        Theme(
            name="books",
            language="en-GB",
            currency="GBP",
            printed="£{}",
            thousands="",
            page="page-{page}.html",
            on_card=_TOLD_BY_ALL | {"in_stock"},
            on_page=_TOLD_BY_ALL | {"in_stock", "sku", "review_count", "description"},
        ),
        Theme(
            name="magento",
            language="de-DE",
            currency="EUR",
            printed="{}\N{NO-BREAK SPACE}€",
            thousands=".",
            point=",",
            page="?p={page}",
            on_card=_TOLD_BY_ALL | {"regular_price", "in_stock"},
            on_page=_TOLD_BY_ALL | {"regular_price", "in_stock", "sku", "rating", "review_count", "description"},
        ),
        Theme(
            name="prestashop",
            language="fr-FR",
            currency="EUR",
            printed="{}\N{NO-BREAK SPACE}€",
            thousands="\N{NARROW NO-BREAK SPACE}",
            point=",",
            on_card=_TOLD_BY_ALL | {"regular_price"},
            on_page=_EVERYTHING,
        ),
        Theme(
            name="shopify",
            language="en-CA",
            currency="CAD",
            printed="${} CAD",
            product="/products/{slug}",
            on_card=_TOLD_BY_ALL | {"regular_price", "in_stock", "sku", "brand"},
            on_page=_TOLD_BY_ALL | {"regular_price", "in_stock", "sku", "brand", "gtin", "description"},
        ),
        Theme(
            name="next",
            language="de-CH",
            currency="CHF",
            printed="CHF {}",
            thousands="'",
            whole=".–",
            on_card=_EVERYTHING,
            on_page=_EVERYTHING,
        ),
        Theme(
            name="japanese",
            language="ja",
            currency="JPY",
            printed="¥ {}",
            page="?pageno={page}",
            on_card=_TOLD_BY_ALL | {"regular_price", "in_stock"},
            on_page=_TOLD_BY_ALL | {"regular_price", "in_stock", "sku", "brand", "description"},
        ),
        Theme(
            name="plain",
            language="sv",
            currency="SEK",
            printed="{}\N{NO-BREAK SPACE}kr",
            thousands="\N{NO-BREAK SPACE}",
            point=",",
            page="?offset={first}",
            on_card=frozenset({"name", "price", "currency", "in_stock", "sku"}),
            on_page=_TOLD_BY_ALL | {"in_stock", "sku", "brand", "gtin", "rating", "review_count", "description"},
            tells_total=False,
        ),
    )
}

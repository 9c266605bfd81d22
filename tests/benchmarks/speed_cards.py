"""What approaches read of a listing's cards, as a good user of each library would write it; see `speed.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin

Product = list[str]

CARD = "ul.products > li.product"
FIELDS = ("name", "price", "url", "regular_price", "currency", "availability", "sku", "image_url")
_FEW = 3  # of them
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP"}
_AMOUNT = re.compile(r"[\d.,]+")


class What(StrEnum):
    """How much is read of each page, besides its title."""

    TITLES = "titles"
    PRICES = "prices"  # name, price and URL of 16 products
    CARDS = "cards"  # all that 16 cards show

    @property
    def fields(self) -> tuple[str, ...]:
        return {What.TITLES: (), What.PRICES: FIELDS[:_FEW], What.CARDS: FIELDS}[self]


def told(product: Sequence[str | None]) -> list[str]:
    """The same for the same product: approaches print prices with and without decimals."""
    name, price, *rest = (value or "" for value in product)
    if len(rest) > 1:
        rest[1] = f"{float(rest[1]):.2f}"
    return [" ".join(name.split()), f"{float(price):.2f}", *rest]


def by_parsel(page: Any, start: str, what: What) -> list[Product]:
    """`page`: what has the method `css`, a selector of parsel or a response of Scrapy."""
    return [_card_by_parsel(card, start, what) for card in page.css(CARD)] if what.fields else []


def _card_by_parsel(card: Any, start: str, what: What) -> Product:
    amounts = _amounts("".join(card.css(".price ::text").getall()))
    few = [card.css("h2::text").get(""), amounts[-1], urljoin(start, card.css("a::attr(href)").get(""))]
    if what == What.PRICES:
        return few
    return [
        *few,
        amounts[0],
        _CURRENCIES.get(card.css(".woocommerce-Price-currencySymbol::text").get(""), ""),
        _availability(card.attrib["class"].split()),
        card.css("a.button::attr(data-product_sku)").get(""),
        urljoin(start, card.css("img::attr(src)").get("")),
    ]


def by_soup(soup: Any, start: str, what: What) -> list[Product]:
    """`soup`: a page parsed by BeautifulSoup."""
    return [_card_by_soup(card, start, what) for card in soup.select(CARD)] if what.fields else []


def _card_by_soup(card: Any, start: str, what: What) -> Product:
    amounts = _amounts(card.select_one(".price").get_text())
    few = [card.select_one("h2").get_text(), amounts[-1], urljoin(start, card.select_one("a")["href"])]
    if what == What.PRICES:
        return few
    return [
        *few,
        amounts[0],
        _CURRENCIES.get(card.select_one(".woocommerce-Price-currencySymbol").get_text(), ""),
        _availability(card["class"]),
        card.select_one("a.button")["data-product_sku"],
        urljoin(start, card.select_one("img")["src"]),
    ]


def _amounts(text: str) -> list[str]:
    """The regular price, if there is one, then the price."""
    return [amount.replace(",", "") for amount in _AMOUNT.findall(text)] or [""]


def _availability(classes: Sequence[str]) -> str:
    return "OutOfStock" if "outofstock" in classes else "InStock"

"""Which currency a page is in, from what it states and from where it is."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from ecomscraper.pages.currencies import CODES, local_currency, read_currency
from ecomscraper.pages.document import Document
from ecomscraper.pages.price import Price

# To go by the attribute and back takes a seventh of the time of asking each element for it.
_STATED = etree.XPath(
    "descendant-or-self::*/@itemprop[.='priceCurrency']/../@content | descendant-or-self::meta"
    "[@property='og:price:currency' or @property='product:price:currency']/@content"
)
_LANGUAGE = etree.XPath("ancestor-or-self::html/@lang | ancestor-or-self::html/@*[local-name()='xml:lang']")
_IN_CODE = re.compile(
    r"Shopify\.currency\s*=\s*\{\s*[\"']active[\"']\s*:\s*[\"']([A-Z]{3})[\"']"
    r"|ShopifyAnalytics\.meta\.currency\s*=\s*[\"']([A-Z]{3})[\"']"
    r"|[\"'](?:currencyCode|currency_code|priceCurrency|currency_iso_code|currencyIsoCode)[\"']\s*:\s*[\"']([A-Z]{3})[\"']"
)  # fmt: skip


class PageCurrency(NamedTuple):
    """ISO 4217 codes; None is unknown."""

    stated: str | None
    """What all amounts of the page are in: it says so for machines, and says nothing else."""
    local: str | None
    """What a sign that currencies share means where the page is from; says nothing of amounts without a sign."""

    def settled(self, price: Price) -> Price:
        """`price` with what its signs mean on this page, if they leave it open."""
        return price.in_currency(self.stated).in_currency(self.local)


def page_currency(document: Document, *, url: str = "") -> PageCurrency:
    """Reads metadata and the platform's own settings, then the host's country and the page's language."""
    tree = document.tree
    stated = {code for value in _STATED(tree) if (code := read_currency(value))}
    if not stated:
        for script in tree.iter("script"):
            found = _IN_CODE.findall(script.text or "") if "urrency" in (script.text or "") else []
            stated |= {code for groups in found for code in groups if code in CODES}
    try:
        host = urlsplit(url or document.url).hostname or ""
    except ValueError:
        host = ""
    language = next(iter(_LANGUAGE(tree)), None)
    return PageCurrency(stated.pop() if len(stated) == 1 else None, local_currency(language, host))

"""Which currency a page is in, from what it states and from where it is."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from ecomscraper.pages.currencies import CODES, local_currency, read_currency
from ecomscraper.pages.document import Document
from ecomscraper.pages.price import Price

_STATED = (
    "[itemprop=priceCurrency]::attr(content)",
    'meta[property="og:price:currency"]::attr(content)',
    'meta[property="product:price:currency"]::attr(content)',
)
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
    stated = {code for place in _STATED for text in document.texts(place) if (code := read_currency(text))}
    if not stated:
        for script in document.texts("script"):
            found = _IN_CODE.findall(script) if "urrency" in script else []
            stated |= {code for groups in found for code in groups if code in CODES}
    try:
        host = urlsplit(url or document.url).hostname or ""
    except ValueError:
        host = ""
    language = document.root_attribute("lang") or document.root_attribute("xml:lang")
    return PageCurrency(stated.pop() if len(stated) == 1 else None, local_currency(language, host))

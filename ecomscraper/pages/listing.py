"""What a listing page says of itself and its listing: so a page that is not what it should be is noticed."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from ecomscraper.pages.document import Document
from ecomscraper.pages.integers import read_integers
from ecomscraper.pages.links import next_of_page
from ecomscraper.pages.page_words import page_numbers
from ecomscraper.pages.title import page_title
from ecomscraper.pagination.session_ids import page_key
from ecomscraper.sites.profile import Expectations, SiteProfile
from ecomscraper.sites.value_types import OFFSET, PAGE

# "Showing the single result": the words for one in the languages WooCommerce is most used in.
_ONE = re.compile(
    r"\b(?:single|einzige\w*|einzelne\w*|seul|unique|único|unico|singolo|enige?|jednego|jedyny|enda|enkelt|eneste|tek|единственн\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page of a listing."""

    title: str
    """As a browser shows it; "" when there is none."""
    declared_total: int | None
    """Products in the whole listing, as the shop prints it; None when the profile's selector finds none."""
    last_page: int | None
    """The largest page number in the pager, from 1; None without a pager."""
    cards: int | None
    """Product cards on this page; None when the profile does not say what a card is."""
    next_url: str | None = None
    """Of the next page, absolute; None where the page names none, or the listing is not read by such links."""
    fingerprint: str | None = None
    """The same for two pages that show the same cards; None where it is not known what a card is."""


def read_listing(document: Document, profile: SiteProfile) -> ListingPage:
    """Reads with the profile's selectors; what they do not find is None, never an error."""
    card = profile.listing.card
    links_next = profile.pagination.strategy == "next_link"
    return ListingPage(
        title=page_title(document, profile.title),
        declared_total=_declared_total(document, profile.expectations),
        last_page=_last_page(document, profile),
        cards=document.count(card) if card else None,
        next_url=next_of_page(document, profile.pagination.next) if links_next else None,
        fingerprint=cards_fingerprint(document, card) if card else None,
    )


def cards_fingerprint(document: Document, card: str) -> str:
    """The same for two pages whose cards show the same products in the same order.

    A card is told by the first link that it alone has, or, without one, by its text. What leads to the page's own
    path does something on it, such as `?add-to-cart=7`, and says nothing of the product.
    """
    own = document.url.partition("?")[0]
    own_path = urlsplit(own).path
    links = [
        list(dict.fromkeys(page_key(url) for url in urls if not _leads_to(url, own, own_path)))
        for urls in document.hrefs_of_each(card)
    ]
    times = Counter(link for of_card in links for link in of_card)
    told = [next((link for link in of_card if times[link] == 1), None) for of_card in links]
    if None in told:
        texts = document.text_nodes_of_each(card)
        told = [" ".join(texts[place]) if alone is None else alone for place, alone in enumerate(told)]
    digest = hashlib.blake2b(digest_size=16)
    for one in told:
        digest.update((one or "").encode("utf-8", "replace") + b"\x1f")
    return digest.hexdigest()


def _leads_to(url: str, own: str, path: str) -> bool:
    """Whether it is another address of the page at `own`, whose path is `path`; to look is cheaper than to split."""
    return path in url and (url.partition("?")[0] == own or urlsplit(url).path == path)


def _declared_total(document: Document, expectations: Expectations) -> int | None:
    if expectations.total is None:
        return None
    texts = document.texts(expectations.total)
    if expectations.total_pattern:
        matches = [re.search(expectations.total_pattern, text) for text in texts]
        texts = [match[1] or "" for match in matches if match]
    # The total may be printed above and below the cards, and beside "showing 1 to 20".
    return max((total for text in texts for total in _totals(text)), default=None)


def _totals(text: str) -> list[int]:
    return read_integers(text) or ([1] if _ONE.search(text) else [])


def _last_page(document: Document, profile: SiteProfile) -> int | None:
    pager = profile.pagination.pager
    if pager is None:
        return None
    numbers = [number for text in document.text_nodes(pager) for number in page_numbers(text)]
    template = profile.page_template
    if PAGE in template or OFFSET in template:
        found = _numbers_in_links(document, pager, template)
        if OFFSET in template:
            found = [offset // (profile.pagination.page_size or 1) + 1 for offset in found]
        numbers += found
    return max((number for number in numbers if number > 0), default=None)


def _numbers_in_links(document: Document, pager: str, template: str) -> list[int]:
    page_link = _page_link(template.replace(OFFSET, PAGE))
    matches = [page_link.search(_path_and_query(url)) for url in document.hrefs(pager)]
    return [int(match[1]) for match in matches if match]


@lru_cache(maxsize=64)
def _page_link(template: str) -> re.Pattern[str]:
    """Matches path and query of a page of the listing; its group is the number.

    The host is left out, as a shop may link itself by another name; what follows the number may be sorting.
    """
    before, after = _path_and_query(template).split(PAGE, 1)
    parameter = re.search(r"[?&]([^?&]*)$", before)
    if parameter:  # parameters come in any order
        return re.compile(rf"[?&]{re.escape(parameter[1])}(\d{{1,9}})(?!\d)")
    path_after = re.escape(after.partition("?")[0].rstrip("/"))
    return re.compile(rf"^{re.escape(before)}(\d{{1,9}}){path_after}/?(?:\?|$)")


@lru_cache(maxsize=1024)  # neighbours in a listing link nearly the same pages
def _path_and_query(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

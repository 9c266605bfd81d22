"""A page of a crawl as every strategy names it, and texts that cannot be its URL."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

# One regular expression decides: a list of URLs may have millions of lines.
_USABLE = re.compile(
    r"""https?://
        (?: [^\s/?\#@:\[\]\\\x00-\x1f\x7f]+ | \[[0-9a-f:.]+\] )  # a host, not a user or a password
        (?: :\d{1,5} )?
        (?: [/?\#] [^\s\x00-\x1f\x7f]* )?""",
    re.IGNORECASE | re.VERBOSE,
)
_USER = re.compile(r"(?<=//)[^/?#\s]*@")
_SHOWN_CHARACTERS = 100
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)


OWN_PAGES = 10**15
"""Products' own pages are at positions beyond this, all others below."""
_PLACES = 10**5  # on one page: a sitemap may have 50,000
LISTING_ROOM = 10**9
"""Positions that each listing of several has for its own: no pager tells larger numbers."""
MOST_LISTINGS = 10_000
"""Of one shop: positions stay below 2⁶³."""

LISTING = "listing"  # a page of a listing
MENU = "menu"  # a page that leads to listings, and shows no products of its own
PRODUCT = "product"  # a product's own page, found on a listing page
URL = "url"  # one of a list of URLs: it may be either


class PageRef(NamedTuple):
    """Which page, and where: `position` orders the results of a crawl and is unique in it."""

    position: int
    """From 1."""
    page: int
    """The number in the listing, from 1; in a list of URLs the position."""
    url: str
    """Absolute, http or https."""
    kind: str = LISTING
    listing: int | None = None
    """The number of its listing, from 1, where the shop has several; None else."""


def own_page_position(position: int, place: int) -> int:
    """The position of the own page of the product that the page at `position` shows at `place`, from 1.

    Products' own pages stand behind all listing pages, whatever their number, in the order that these show them.
    """
    return OWN_PAGES + position * _PLACES + place


def url_problem(url: str) -> str | None:
    """What is wrong with `url` as the address of a page, and what to write; None when it can be fetched.

    >>> url_problem("shop.example/laptops")
    'has no scheme; write https://shop.example/laptops'
    """
    if _USABLE.fullmatch(url):
        return None
    if not url:
        return "is empty; write a URL such as https://shop.example/"
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return "has a space or a control character in it; write %20 for a space"
    scheme = _SCHEME.match(url)
    if scheme is None:
        return f"has no scheme; write https://{url.lstrip('/')}"
    if scheme[1].lower() not in ("http", "https"):
        return f"has the scheme {scheme[1]}; must be http or https"
    authority = re.split(r"[/?#]", url[scheme.end() :].removeprefix("//"), maxsplit=1)[0]
    if "@" in authority:
        return "carries a user name or password, which the results would show; set headers.Authorization"
    return "has no host, or a wrong one; write a URL such as https://shop.example/"


def quoted(text: str) -> str:
    """`text` in quotation marks and one line: control characters escaped, passwords masked, cut when long."""
    text = _USER.sub("***@", text)
    text = json.dumps(text, ensure_ascii=not text.isprintable())
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 2] + '…"'

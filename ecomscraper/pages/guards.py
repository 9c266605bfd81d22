"""What is checked of a page before a parser sees it, as some pages stop a parser for seconds, or for good.

Each check takes time in proportion to the page's size, whatever the page is. Its size is the downloader's to limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ecomscraper.pages.nesting import ROOTS, TooDeep, check_nesting
from ecomscraper.pages.tags import MERGED_TAG, ordinary_tags, without_leaves

_MOST_STEPS = 2_000_000  # 0.1 s in libxml2; an ordinary page needs some hundreds
_MOST_OF_LIGHT = 1000  # start tags; the square of half of it are the elements that Lexbor makes of them at the worst
_MOST_COPIED = 200_000_000  # start tags times bytes; a quarter of it is what it copies of attributes
_MOST_MERGED = 16  # tags of html and body with attributes: Lexbor compares each attribute with all before it
_MOST_OF_SHOP = 20_000  # start tags of the largest pages of shops; more are for a closer look at once
_LEVELS = 2  # of leaves: an item of a menu and its link
_END_TAG = re.compile(rb"</")  # bytes.count takes twice its time, and no memory
_LARGE = 1_000_000  # bytes
_SHOWN = 40  # bytes of a tag, in a message


@dataclass(frozen=True, slots=True)
class PageLimits:
    """What a page may ask of a parser. Measured with libxml2 2.14, which reads 6 MB of `<p>x</p>` in a second."""

    depth: int = 1000
    """Elements inside each other. libxml2 drops the rest of a page at 2048 without a word, Chrome nests 512 deep."""
    attributes: int = 500
    """In one tag. Parsing takes the square of it: 50,000 take 5 s, 500 in each tag cost no more than as many bytes of
    other tags; the fullest tag of an ordinary shop has some 30."""


class PageRefused(ValueError):
    """The page must not be parsed."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        """`too_deep`, `too_many_attributes`, or `not_html` where it is no page at all."""
        self.detail = detail
        """What was found, in words."""


def check_page(body: bytes, limits: PageLimits) -> bool:
    """Whether the page is light, see `is_light`. Raises PageRefused where `body` goes beyond a limit.

    NUL bytes are left out, as the parser leaves them out; so UTF-16 and UTF-32 are understood.
    """
    page = _without_nul(body)
    ordinary = _ordinary_tags(limits.attributes, _MOST_MERGED).match(page)
    if has_many_merged := ordinary is not None and ordinary.end() < len(page):
        ordinary = _ordinary_tags(limits.attributes).match(page)
    if ordinary and ordinary.end() < len(page):
        tag = page[ordinary.end() : ordinary.end() + _SHOWN].decode("ascii", "backslashreplace")
        raise PageRefused("too_many_attributes", f"more than {limits.attributes} attributes in {tag}…")
    start_tags, end_tags = _tags(page)
    most = limits.depth - ROOTS  # so few tags can neither be nested deeper nor cost more
    if not _nest_less(start_tags, end_tags, most) and not _nest_less(most_open(page, start_tags), end_tags, most):
        try:
            check_nesting(page, limits.depth, _MOST_STEPS)
        except TooDeep as error:
            raise PageRefused("too_deep", str(error)) from None
    return not has_many_merged and _are_few(start_tags, end_tags, len(page))


def most_open(page: bytes, start_tags: int) -> int:
    """How many of the `start_tags` of a page can be open at once, told from what is no leaf of its tree.

    Of 300 kB with 2,300 elements it takes 1.0 ms, and to follow each tag 2.7 ms.
    """
    if start_tags > _MOST_OF_SHOP:
        return start_tags
    for _ in range(_LEVELS):
        page = without_leaves(page)
    return _tags(page)[0] + _LEVELS


def _nest_less(open_tags: int, end_tags: int, most: int) -> bool:
    return open_tags < most and open_tags * end_tags <= _MOST_STEPS


def is_light(body: bytes) -> bool:
    """Whether the tags of a page are so few that no parser, whatever it makes of them, takes more than 0.1 s."""
    page = _without_nul(body)
    return _are_few(*_tags(page), len(page)) and len(MERGED_TAG.findall(page)) <= _MOST_MERGED


def _without_nul(body: bytes) -> bytes:
    return body.replace(b"\0", b"") if b"\0" in body else body


def _tags(page: bytes) -> tuple[int, int]:
    """How many tags begin an element and how many end one, at the most."""
    end_tags = len(_END_TAG.findall(page)) if len(page) < _LARGE else page.count(b"</")
    return page.count(b"<") - end_tags, end_tags


def _are_few(start_tags: int, end_tags: int, size: int) -> bool:
    steps, copied = start_tags * end_tags, start_tags * size
    return start_tags <= _MOST_OF_LIGHT and steps <= _MOST_STEPS and copied <= _MOST_COPIED


@lru_cache(maxsize=8)
def _ordinary_tags(attributes: int, merged: int | None = None) -> re.Pattern[bytes]:
    return ordinary_tags(attributes, merged)

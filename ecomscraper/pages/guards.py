"""What is checked of a page before a parser sees it, as some pages stop a parser for seconds, or for good.

Each check takes time in proportion to the page's size, whatever the page is. Its size is the downloader's to limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ecomscraper.pages.nesting import ROOTS, TooDeep, check_nesting
from ecomscraper.pages.tags import ordinary_tags

_MOST_STEPS = 2_000_000  # 0.1 s in libxml2; an ordinary page needs some hundreds
_END_TAG = re.compile(rb"</")  # bytes.count takes twice its time
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


def check_page(body: bytes, limits: PageLimits) -> None:
    """Raises PageRefused where `body` goes beyond a limit.

    NUL bytes are left out, as the parser leaves them out; so UTF-16 and UTF-32 are understood.
    """
    page = body.replace(b"\0", b"") if b"\0" in body else body
    ordinary = _ordinary_tags(limits.attributes).match(page)
    if ordinary and ordinary.end() < len(page):
        tag = page[ordinary.end() : ordinary.end() + _SHOWN].decode("ascii", "backslashreplace")
        raise PageRefused("too_many_attributes", f"more than {limits.attributes} attributes in {tag}…")
    end_tags = len(_END_TAG.findall(page))
    start_tags = page.count(b"<") - end_tags
    if start_tags < limits.depth - ROOTS and start_tags * end_tags <= _MOST_STEPS:
        return  # so few tags can neither be nested deeper nor cost more
    try:
        check_nesting(page, limits.depth, _MOST_STEPS)
    except TooDeep as error:
        raise PageRefused("too_deep", str(error)) from None


@lru_cache(maxsize=8)
def _ordinary_tags(attributes: int) -> re.Pattern[bytes]:
    return ordinary_tags(attributes)

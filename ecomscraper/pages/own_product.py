"""Which of the products that a page describes is the one that it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ecomscraper.pages.product_fields import Candidate
from ecomscraper.pages.variants import same_address, same_path

_WORD = re.compile(r"\w+")
_SURE, _LIKELY = 4, 2
_MOST_OVERLAP = 0.6  # of the words of the shorter name
_DESCRIPTIONS = frozenset({"json-ld", "microdata", "rdfa"})
_NAMELESS = frozenset({"woocommerce", "magento", "shopify"})  # platforms print them for the page's own product


class PageNames(NamedTuple):
    """What a page is called."""

    url: str
    canonical: str | None
    titles: tuple[str, ...]
    """Its main heading first, then other titles."""


def own_candidates(candidates: Sequence[Candidate], names: PageNames) -> list[Candidate]:
    """Of each source what it says of the page's own product; nothing where it speaks of several, none of them known.

    A candidate is known by its address or its name; the only one of its source needs neither, unless the source
    itself says that it is another.
    """
    sources = list(dict.fromkeys(one.source for one in candidates))
    chosen = [own for source in sources for own in _own([one for one in candidates if one.source == source], names)]
    # A lone OpenGraph title is that of the page, whatever it is; with a price it is a product.
    return [
        one for one in chosen if one.source != "opengraph" or one.fields.price or len(chosen) > 1 or one.fields.sku
    ] or chosen


def _own(candidates: list[Candidate], names: PageNames) -> list[Candidate]:
    likeness = [(_likeness(one, names), one) for one in candidates]
    known = [(score, one) for score, one in likeness if score >= (_SURE if one.is_related else _LIKELY)]
    if known:
        best = max(score for score, _ in known)
        return [one for score, one in known if score == best]
    nameless = [one for one in candidates if one.source in _NAMELESS and one.fields.name is None]
    own = [one for one in candidates if not one.is_related]
    if nameless:
        return nameless[:1]
    if len({one.fields.name for one in own}) != 1 or (len(own) > 1 and own[0].fields.name is None):
        return []
    return [one for one in own if not _is_of_another_page(one, names)]


def _is_of_another_page(candidate: Candidate, names: PageNames) -> bool:
    """Whether it has an address, and neither that nor its name is the page's: a product that the page advertises."""
    url = candidate.fields.url
    return bool(url and not _is_start_page(url) and names.titles and candidate.source in _DESCRIPTIONS)


def _likeness(candidate: Candidate, names: PageNames) -> int:
    """Points for an address and for a name that are the page's."""
    fields = candidate.fields
    score = 0
    addresses = (names.url, names.canonical)
    if fields.url and not _is_start_page(fields.url):
        if any(same_address(fields.url, one) for one in addresses):
            score += _SURE
        elif any(same_path(fields.url, one) for one in addresses):
            score += _LIKELY
    if fields.name and names.titles:
        alike = [_alike(fields.name, title) for title in names.titles]
        score += _SURE if alike[0] == _SURE else max(_LIKELY if one else 0 for one in alike)
        score += 1 if _SURE in alike else 0
    return score


def _alike(name: str, title: str) -> int:
    words, others = _words(name), _words(title)
    if not words or not others:
        return 0
    if words == others:
        return _SURE
    shared = len(set(words) & set(others))
    shorter = min(len(set(words)), len(set(others)))
    return _LIKELY if shared >= _MOST_OVERLAP * shorter and (shared > 1 or shorter == 1) else 0


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _is_start_page(url: str) -> bool:
    return re.fullmatch(r"https?://[^/]+/?", url) is not None

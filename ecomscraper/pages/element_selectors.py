"""CSS selectors for given elements of a page: short, and of names that look as if they would last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any

from ecomscraper.pages.document import Document

_PLAIN = re.compile(r"-?[A-Za-z_][\w-]*")  # needs no escape in CSS
_HASHED = re.compile(r"([A-Za-z][\w-]*?__)[\w-]{4,8}")  # "ProductCard_card__3kQ2p": the end changes with each build
_NUMBERED = re.compile(r"\d{3}|\d$|--?\d")
_STATE = re.compile(
    r"(?:^|[-_])(?:active|current|selected|disabled|hidden|show|first|last|odd|even|sale|onsale|in-?stock|out-?of-?stock"
    r"|featured|new|loaded|loading|lazy|purchasable|taxable|hover)(?:$|[-_])",
    re.IGNORECASE,
)
_LAYOUT = re.compile(
    r"(?:col|cols|row|grid|flex|container|clearfix|float|text|bg|border|rounded|shadow|small|large|[dpmwh][trblxy]?"
    r"|col-(?:xs|sm|md|lg|xl)|justify|align|items|gap|space|order|position|overflow|motion|js)(?:-.*|$)",
    re.IGNORECASE,
)
_TELLING = re.compile(r"product|item|card|article|goods|tile|offer|pag(?:er|ination|es)|total|count|result|next", re.I)
_MOST_NAMES = 4
_MOST_LEVELS = 4


def selector_of(
    elements: Sequence[Any], document: Document, accept: Callable[[list[Any]], bool], *, attributes: Sequence[str] = ()
) -> str | None:
    """The first selector, the shortest tried first, whose matches `accept` takes; None where none is found.

    `elements` (of lxml, at least one) are of one kind: names that they share are used, then those of the elements
    around the first of them. `attributes` may be used with their values as well.
    """
    first, wanted = elements[0], set(elements)
    for selector in _candidates(elements, first, attributes):
        matched = [part.tree for part in document.parts(selector)]
        if wanted.issubset(matched) and accept(matched):
            return selector
    return None


def _candidates(elements: Sequence[Any], first: Any, attributes: Sequence[str]) -> Iterator[str]:
    own = list(_own(elements, attributes))
    yield from (one for one in own if one != first.tag)
    around = [above for above in islice(first.iterancestors(), _MOST_LEVELS) if above.tag not in {"body", "html"}]
    simple = [own[0], first.tag] if own[0] != first.tag else [first.tag]
    chain = ""
    for above in around:
        for name in _own([above], ()):
            yield from (f"{name} > {chain}{inner}" for inner in simple)
        chain = f"{above.tag} > {chain}"


def _own(elements: Sequence[Any], attributes: Sequence[str]) -> Iterator[str]:
    """`tag#id`, `tag.name`, `tag.name.other` and, last, the tag alone."""
    tag = elements[0].tag
    for attribute in attributes:
        value = elements[0].get(attribute) or ""
        if value and '"' not in value and "\\" not in value and value.isprintable():
            yield f'{tag}[{attribute}="{value}"]'
    identifier = elements[0].get("id") or ""
    if len(elements) == 1 and _PLAIN.fullmatch(identifier) and not _NUMBERED.search(identifier):
        yield f"{tag}#{identifier}"
    names = _shared_names(elements)
    for name in names:
        yield f"{tag}{name}"
    for pair in combinations(names, 2):
        yield tag + "".join(pair)
    yield tag


def _shared_names(elements: Sequence[Any]) -> list[str]:
    """Conditions on the class that all elements meet, the most telling first."""
    lists = [(element.get("class") or "").split() for element in elements]
    shared = [name for name in dict.fromkeys(lists[0]) if all(name in other for other in lists[1:])]
    good = [name for name in shared if _PLAIN.fullmatch(name) and not _STATE.search(name)]
    ranked = sorted(good, key=_rank)
    return [_condition(name) for name in ranked[:_MOST_NAMES]]


def is_telling(selector: str) -> bool:
    """Whether a selector says what it selects: by a name that is more than layout."""
    names = re.findall(r"[.#]([\w-]+)|\[class\*=\"([\w-]+)\"\]", selector)
    return any(_TELLING.search(name or hashed) and not _LAYOUT.fullmatch(name) for name, hashed in names)


def _rank(name: str) -> tuple[bool, bool, bool]:
    return (
        bool(_LAYOUT.fullmatch(name)),
        _NUMBERED.search(name) is not None and not _HASHED.fullmatch(name),
        not (_TELLING.search(name)),
    )


def _condition(name: str) -> str:
    hashed = _HASHED.fullmatch(name)
    if hashed and re.search(r"\d|[a-z][A-Z]", name.removeprefix(hashed[1])):
        return f'[class*="{hashed[1]}"]'
    return f".{name}"

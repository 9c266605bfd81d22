"""The title of a page, and its parts."""

from __future__ import annotations

import re
from typing import NamedTuple

from ecomscraper.pages.document import Document, collapse
from ecomscraper.pages.page_words import without_page_number

_OWN_TITLE = "xpath:(/descendant::title[not(ancestor::svg or ancestor::template or ancestor::noscript)])[1]"
_NO_TITLES = frozenset({"svg", "template", "noscript"})  # around a title that is not the page's
# The strongest first. They need spaces around them: a hyphen is part of many words, a dash of many ranges.
_RANKS = ("|｜", "»«›‹", "–—-", "·•", ":")
_MARKS = "".join(_RANKS) + " "
# What is quoted is passed over as a whole: French puts spaces inside its « ».
_SEPARATOR = re.compile(r"«\s[^«»]*\s»|‹\s[^‹›]*\s›|((?:^|(?<=[\s|｜]))[»«›‹–—·•:-](?=[\s|｜]|$)|[|｜])")


class TitleParts(NamedTuple):
    """What a title says, without the number of the page."""

    name: str
    """What the page is about; never empty for a title that is not."""
    site_title: str
    """What the shop calls itself; "" when the title has one part only."""


def page_title(document: Document, selector: str | None = None) -> str:
    """The title as a browser shows it; "" when the page has none.

    Without a `selector` the document's own: the first in the tree that is not the title of a drawing (SVG).
    """
    return collapse((document.first(selector) if selector else _own_title(document)) or "")


def _own_title(document: Document) -> str | None:
    if document.count("head > noscript ~ title"):  # it may be in it: where no scripts run, a title ends a noscript
        return document.first(_OWN_TITLE)
    return document.first_outside("title", _NO_TITLES)


def split_title(title: str) -> TitleParts:
    """The last part, after the strongest separator, is the shop; the part that numbers the page is dropped.

    >>> split_title("Laptops – Page 4 – Acme")
    TitleParts(name='Laptops', site_title='Acme')
    """
    title = collapse(title)
    parts = _parts(title)
    for rank in _RANKS:
        places = [place for place, (separator, _) in enumerate(parts) if place and separator in rank]
        if places:
            return TitleParts(_joined(parts[: places[-1]]), _joined(parts[places[-1] :]))
    return TitleParts(_joined(parts) or title, "")


def _parts(title: str) -> list[tuple[str, str]]:
    """(the separator before it, text) of each part that is more than a page number."""
    parts, separator, start = [], "", 0
    for match in _SEPARATOR.finditer(title):
        if match[1]:
            parts.append((separator, title[start : match.start()]))
            separator, start = match[1], match.end()
    parts.append((separator, title[start:]))
    named = [(separator, collapse(without_page_number(collapse(text)))) for separator, text in parts]
    return [(separator, text) for separator, text in named if text.strip(_MARKS)]


def _joined(parts: list[tuple[str, str]]) -> str:
    (_, text), *rest = parts or [("", "")]
    return text + "".join(f" {separator} {part}" for separator, part in rest)

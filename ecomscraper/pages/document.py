"""A parsed HTML page. The parsers stay behind this file; whoever reads a page knows selectors only.

A selector is CSS, with `::text` and `::attr(name)` as in Scrapy, or XPath after the prefix `xpath:`. Light pages are
read by Lexbor until somebody asks for more than plain CSS, and from then on by lxml: see `lexbor_tree`, `lxml_tree`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ecomscraper.pages.charset import as_utf8, decode
from ecomscraper.pages.guards import is_light
from ecomscraper.pages.joining import joined
from ecomscraper.pages.lexbor_tree import LexborTree, parsed_by_lexbor
from ecomscraper.pages.lxml_tree import XPATH, LxmlTree, parsed

_ASCII_SPACE = re.compile(r"[\t\n\f\r ]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as a person meets it."""

    text: str
    """White space collapsed."""
    url: str
    """Absolute where the page's own address is known."""


def collapse(text: str) -> str:
    """`text` as a browser shows it: each run of ASCII white space is one space, none at the ends.

    No-break spaces stay: <https://infra.spec.whatwg.org/#strip-and-collapse-ascii-whitespace>.
    """
    if "  " in text or not text.isprintable():  # most texts have one space between words, and no other white space
        text = _ASCII_SPACE.sub(" ", text)
    return text.strip(" ")


def check_selector(selector: str) -> None:
    """Raises ValueError, with the reason, when `selector` is neither CSS nor `xpath:` and an XPath."""
    try:
        parsed("").select(selector)
    except Exception as error:  # cssselect, lxml and parsel each raise their own classes
        kind = "XPath" if selector.startswith(XPATH) else "CSS"
        raise ValueError(f"is no {kind} selector: {error}") from error


class Document:
    """A page that selectors can be asked of. Made by `parse_document`."""

    __slots__ = ("_base", "_found", "_page", "url")

    def __init__(self, page: Any, url: str, base: str | None = None) -> None:
        self._page: Any = page  # LexborTree | LxmlTree: what one selects, only it can read
        self.url = url
        """The page's own address, "" when it is not known; relative links start from it."""
        self._base = base  # of the page that it is a part of: the first <base> counts, wherever it stands
        self._found: dict[str, list[Any]] = {}

    @property
    def tree(self) -> Any:
        """The root element, of lxml, for readers that walk the tree; it is not to be changed."""
        if isinstance(self._page, LexborTree):
            self._page = self._page.as_lxml()
            self._found.clear()
        return self._page.root

    @property
    def html(self) -> str | None:
        """A part of a light page as its parser writes it; None where that is not at hand."""
        return self._page.html if isinstance(self._page, LexborTree) else None

    @property
    def base_url(self) -> str:
        """What relative links start from: `<base>`, or the page's own address; "" when it is not known."""
        if self._base is None:
            self._base = _join(self.url, self.first("base::attr(href)") or "")
        return self._base

    def root_attribute(self, name: str) -> str | None:
        """An attribute of the page's root, such as its `lang`; None without it."""
        value: str | None = self._page.root_attribute(name)
        return value

    def parts(self, selector: str) -> list[Document]:
        """Each match that is an element as a document of its own, whose links start from where the page's do.

        Their trees are parts of the page's tree if that was asked for before them; else each is a tree of its own.
        """
        base, matches = self.base_url, self._select(selector)
        parts = self._page.parts(matches)
        if parts is None:
            parts = LxmlTree(self.tree).parts(self._select(selector))
        return [Document(part, base, base) for part in parts]

    def texts(self, selector: str) -> list[str]:
        """One text for each match, in document order; an element gives all text in it, white space kept."""
        return [self._page.text(match) for match in self._select(selector)]

    def first(self, selector: str) -> str | None:
        """The text of the first match; None without one."""
        matches = self._select(selector)
        return self._page.text(matches[0]) if matches else None

    def first_outside(self, selector: str, tags: Collection[str]) -> str | None:
        """The text of the first element matched that lies in none of `tags`; None without one."""
        for match in self._elements(selector):
            if not any(tag in tags for tag in self._page.around(match)):
                text: str = self._page.text(match)
                return text
        return None

    def count(self, selector: str) -> int:
        """How many matches there are."""
        return len(self._select(selector))

    def text_nodes(self, selector: str) -> list[str]:
        """Every piece of text in the matches that tags separate, collapsed, the blank ones left out."""
        return [text for texts in self.text_nodes_of_each(selector) for text in texts]

    def text_nodes_of_each(self, selector: str) -> list[list[str]]:
        """The same for each match that is an element."""
        return [[collapse(text) for text in self._page.pieces(match)] for match in self._elements(selector)]

    def links(self, selector: str) -> list[Link]:
        """Every `a[href]` that is a match or lies in one, in document order."""
        base = self.base_url
        return [
            Link(collapse(self._page.text(anchor)), _join(base, href))
            for match in self._elements(selector)
            for href, anchor in zip(self._page.hrefs(match), self._page.anchors(match), strict=True)
        ]

    def hrefs(self, selector: str) -> list[str]:
        """The URLs of `links`."""
        return [url for urls in self.hrefs_of_each(selector) for url in urls]

    def hrefs_of_each(self, selector: str) -> list[list[str]]:
        """The URLs of `links`, for each match that is an element."""
        base = self.base_url
        absolute: dict[str, str] = {}
        found: list[list[str]] = []
        for match in self._elements(selector):
            hrefs: list[str] = self._page.hrefs(match)
            for href in hrefs:
                if href not in absolute:  # a card has the same link around its picture and its name
                    absolute[href] = _join(base, href)
            found.append([absolute[href] for href in hrefs])
        return found

    def _elements(self, selector: str) -> list[Any]:
        return [match for match in self._select(selector) if self._page.is_element(match)]

    def _select(self, selector: str) -> list[Any]:
        found = self._found.get(selector)
        if found is None:  # a page's cards are counted, told apart and read
            found = self._page.select(selector)
            if found is None:
                found = LxmlTree(self.tree).select(selector)
            self._found[selector] = found
        return found


def parse_document(body: bytes, *, content_type: str = "", url: str = "", light: bool | None = None) -> Document:
    """Never raises: an empty body, binary data and a false charset give a document, if a poor one.

    `content_type` is the header's value: its charset is believed first, unless a byte order mark
    contradicts it, then `<meta>`, then UTF-8 if it fits, then Windows-1252. `light` is what `check_page` said of it.
    """
    if is_light(body) if light is None else light:
        return Document(parsed_by_lexbor(as_utf8(body, content_type)), url)
    return Document(parsed(decode(body, content_type)), url)


def _join(base: str, href: str) -> str:
    try:
        return joined(base, href)
    except ValueError:  # "http://[" is a link, too
        return ""

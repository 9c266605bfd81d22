"""A parsed HTML page. The parser stays behind this file; whoever reads a page knows selectors only.

A selector is CSS, with `::text` and `::attr(name)` as in Scrapy, or XPath after the prefix `xpath:`. It means what it
means to parsel, whose translation of CSS is used; it is compiled once, and asked of the tree itself, as an object of
parsel's around each of the few hundred matches of a page costs more than to find them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree
from parsel.csstranslator import HTMLTranslator
from parsel.selector import create_root_node

from ecomscraper.pages.charset import decode
from ecomscraper.pages.joining import joined

_XPATH = "xpath:"
_ASCII_SPACE = re.compile(r"[\t\n\f\r ]+")
_NAMESPACES = {"re": "http://exslt.org/regular-expressions", "set": "http://exslt.org/sets"}  # parsel's
_Find = Callable[[Any], Any]


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
    return _ASCII_SPACE.sub(" ", text).strip(" ")


def check_selector(selector: str) -> None:
    """Raises ValueError, with the reason, when `selector` is neither CSS nor `xpath:` and an XPath."""
    try:
        _evaluated(selector, _parsed(""))
    except Exception as error:  # cssselect, lxml and parsel each raise their own classes
        kind = "XPath" if selector.startswith(_XPATH) else "CSS"
        raise ValueError(f"is no {kind} selector: {error}") from error


class Document:
    """A page that selectors can be asked of. Made by `parse_document`."""

    __slots__ = ("_base", "_found", "tree", "url")

    def __init__(self, tree: Any, url: str, base: str | None = None) -> None:
        self.tree = tree
        """The root element, of lxml, for readers that walk the tree; it is not to be changed."""
        self.url = url
        """The page's own address, "" when it is not known; relative links start from it."""
        self._base = base  # of the page that it is a part of: the first <base> counts, wherever it stands
        self._found: dict[str, list[Any]] = {}

    @property
    def base_url(self) -> str:
        """What relative links start from: `<base>`, or the page's own address; "" when it is not known."""
        if self._base is None:
            stated = _BASE(self.tree)
            self._base = _join(self.url, stated[0] if stated else "")
        return self._base

    def parts(self, selector: str) -> list[Document]:
        """Each match that is an element as a document of its own, whose links start from where the page's do."""
        base = self.base_url
        return [Document(match, base, base) for match in self._select(selector) if hasattr(match, "iter")]

    def texts(self, selector: str) -> list[str]:
        """One text for each match, in document order; an element gives all text in it, white space kept."""
        return [_text(match) for match in self._select(selector)]

    def first(self, selector: str) -> str | None:
        """The text of the first match; None without one."""
        matches = self._select(selector)
        return _text(matches[0]) if matches else None

    def count(self, selector: str) -> int:
        """How many matches there are."""
        return len(self._select(selector))

    def text_nodes(self, selector: str) -> list[str]:
        """Every piece of text in the matches that tags separate, collapsed, the blank ones left out."""
        matches = [match for match in self._select(selector) if hasattr(match, "iter")]
        return [collapse(text) for match in matches for text in _TEXT_NODES(match)]

    def links(self, selector: str) -> list[Link]:
        """Every `a[href]` that is a match or lies in one, in document order."""
        base = self.base_url
        matches = [match for match in self._select(selector) if hasattr(match, "iter")]
        return [
            Link(collapse(string_of(anchor)), _join(base, href))
            for match in matches
            for anchor in match.iter("a")
            if (href := anchor.get("href")) is not None
        ]

    def hrefs(self, selector: str) -> list[str]:
        """The URLs of `links`."""
        base = self.base_url
        matches = [match for match in self._select(selector) if hasattr(match, "iter")]
        return [
            _join(base, href)
            for match in matches
            for anchor in match.iter("a")
            if (href := anchor.get("href")) is not None
        ]

    def _select(self, selector: str) -> list[Any]:
        found = self._found.get(selector)
        if found is None:  # a page's cards are counted, told apart and read
            found = self._found[selector] = _evaluated(selector, self.tree)
        return found


def parse_document(body: bytes, *, content_type: str = "", url: str = "") -> Document:
    """Never raises: an empty body, binary data and a false charset give a document, if a poor one.

    `content_type` is the header's value: its charset is believed first, unless a byte order mark
    contradicts it, then `<meta>`, then UTF-8 if it fits, then Windows-1252.
    """
    return Document(_parsed(decode(body, content_type)), url)


def _parsed(text: str) -> Any:
    try:
        return create_root_node(text, etree.HTMLParser)
    except UnicodeEncodeError:  # exotic charsets decode to lone surrogates, which no parser takes
        return create_root_node(text.encode("utf-8", "replace").decode("utf-8"), etree.HTMLParser)


def _evaluated(selector: str, tree: Any) -> list[Any]:
    """What a selector finds. Raises ValueError, or what cssselect raises, where it is none."""
    try:
        found = _compiled(selector)(tree)
    except etree.XPathError as error:
        raise ValueError(f"XPath error: {error} in {selector.removeprefix(_XPATH).strip()}") from error
    return found if isinstance(found, list) else [found]


def _xpath(query: str) -> _Find:
    used = {prefix: uri for prefix, uri in _NAMESPACES.items() if f"{prefix}:" in query}  # each costs at every use
    find: _Find = etree.XPath(query, namespaces=used, smart_strings=False)
    return find


@lru_cache(maxsize=512)
def _compiled(selector: str) -> _Find:
    if selector.startswith(_XPATH):
        return _xpath(selector.removeprefix(_XPATH).strip())
    return _xpath(HTMLTranslator().css_to_xpath(selector))


_BASE = _compiled("base::attr(href)")
_TEXT_NODES = _xpath("descendant-or-self::text()[normalize-space()]")


def string_of(element: Any) -> str:
    """All text in an element of lxml, without comments, white space kept."""
    text: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)  # a fifth of XPath's time
    return text


def _text(node: Any) -> str:
    """An element's text without comments; a text node or an attribute as it is; what XPath counted."""
    if isinstance(node, str):
        return node
    return string_of(node) if hasattr(node, "iter") else f"{node:g}"


def _join(base: str, href: str) -> str:
    try:
        return joined(base, href)
    except ValueError:  # "http://[" is a link, too
        return ""

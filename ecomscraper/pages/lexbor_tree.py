"""A page as a browser reads it, by Lexbor: in a third of libxml2's time, but for light pages and plain selectors only.

A light page has so few tags that nothing in it takes Lexbor long. As the standard says, it puts what is formatted and
not closed into each paragraph that follows: 50 kB of `<p><font size=1>x`, `<p><font size=2>x`, … become 1.6 GB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ecomscraper.pages.lxml_tree import LxmlTree, parsed

_NAME = r"-?[a-zA-Z_][a-zA-Z0-9_-]*+"
_ATTRIBUTE = rf"\[{_NAME}(?:[~|^$*]?=(?:{_NAME}|\"[^\"\\\s]++\"|'[^'\\\s]++'))?+\]"
_COMPOUND = rf"(?=[\w*.#\[-])(?:{_NAME}|\*)?+(?:[.#]{_NAME}|{_ATTRIBUTE})*+"
_COMPLEX = rf"{_COMPOUND}(?:(?:\s*[>+~]\s*|\s+){_COMPOUND})*+"
_PLAIN = re.compile(rf"\s*({_COMPLEX})(?:(::text)|::attr\(({_NAME})\))?\s*|\s*({_COMPLEX}(?:\s*,\s*{_COMPLEX})+)\s*")
_OWN_TOO = re.compile(r"[^>+~\s]\s+\*$")  # as in Scrapy, "div *::text" is all text of the div, its own as well
_IN_HEAD = re.compile(r"head\s*>|head\s+[^+~\s]")  # what it matches is to be looked for there only
_PLAIN_IN_PART = re.compile(_COMPOUND)
_TEXT = "-text"
_BLANK = " \t\r\n"
_NUL = "\0"
_MOST_PARTS = 1000


class _Selector(NamedTuple):
    css: str
    is_list: bool = False
    is_in_head: bool = False
    is_text: bool = False
    attribute: str | None = None


class LexborTree:
    """A page, or an element of one with all that is in it. It answers plain CSS; for the rest there is `as_lxml`."""

    __slots__ = ("_origin", "_root")

    def __init__(self, root: LexborNode, origin: bytes | tuple[_Parts, int]) -> None:
        self._root = root
        self._origin = origin

    @property
    def html(self) -> str | None:
        """A part, written as HTML."""
        return None if isinstance(self._origin, bytes) else self._root.html

    def as_lxml(self) -> LxmlTree:
        """The same for XPath and for walking it. A part is written as HTML for that: it is small."""
        if isinstance(self._origin, bytes):
            return parsed(self._origin.decode())
        parts, place = self._origin
        return parts.as_lxml(place)

    def select(self, selector: str) -> list[LexborNode | str] | None:
        """What a selector finds, in the page's order; None where it is not plain."""
        if selector == ":scope":
            return [self._root]
        is_page = isinstance(self._origin, bytes)
        plain = _plain(selector)
        if plain is None or not (is_page or _PLAIN_IN_PART.fullmatch(plain.css)):  # "ul li": a part has no ul around it
            return None
        nodes = (self._root.parser.head or self._root if plain.is_in_head else self._root).css(plain.css)
        if plain.is_list:  # what matches twice is found twice
            nodes = list(dict.fromkeys(nodes))
        if plain.attribute is not None:
            return [node.attributes[plain.attribute] or "" for node in nodes if plain.attribute in node.attributes]
        if plain.is_text:
            if _are_nested(nodes):  # the texts of one stand between those of another
                return None
            return [_content(child) for node in nodes for child in node.iter(include_text=True) if child.tag == _TEXT]
        return list(nodes)

    def root_attribute(self, name: str) -> str | None:
        """An attribute of the root; None without it."""
        return self._root.attributes.get(name)

    def parts(self, matches: list[LexborNode | str]) -> list[LexborTree] | None:
        """A tree for each match that is an element; None where parts alone do not do.

        Parts that lie in each other may together be endless, and a link around a card may hold the product's name.
        """
        nodes = [match for match in matches if not isinstance(match, str)]
        if len(nodes) > _MOST_PARTS or _are_nested(nodes) or (nodes and "a" in self.around(nodes[0])):
            return None
        parts = _Parts(nodes)
        return [LexborTree(node, (parts, place)) for place, node in enumerate(nodes)]

    def is_element(self, match: LexborNode | str) -> bool:
        """False for text and an attribute's value."""
        return not isinstance(match, str)

    def text(self, match: LexborNode | str) -> str:
        """An element's text without comments; a text node or an attribute as it is."""
        return match if isinstance(match, str) else match.text()

    def pieces(self, element: LexborNode) -> list[str]:
        """Every piece of text that tags separate, but for blank ones."""
        texts = element.text(separator=_NUL).split(_NUL)  # a page has none
        return [text for text in texts if text.strip(_BLANK)]

    def anchors(self, element: LexborNode) -> list[LexborNode]:
        """Every `a[href]`, the element itself included."""
        return element.css("a[href]")

    def hrefs(self, element: LexborNode) -> list[str]:
        """Their addresses."""
        return [anchor.attrs["href"] or "" for anchor in element.css("a[href]")]

    def around(self, element: LexborNode) -> Iterator[str]:
        """The tags of the elements around one, from the inner to the outer."""
        above = element.parent
        while above is not None:
            yield above.tag or ""
            above = above.parent


class _Parts:
    """The matches of one selector, written as HTML and read by lxml all at once: 0.1 ms for 16 cards."""

    def __init__(self, nodes: list[LexborNode]) -> None:
        self._nodes = nodes
        self._elements: list[LxmlTree] = []

    def as_lxml(self, place: int) -> LxmlTree:
        if not self._elements:
            self._elements = self._read()
        return self._elements[place]

    def _read(self) -> list[LxmlTree]:
        written = [node.html or "" for node in self._nodes]
        root = parsed("<html><body><div>" + "</div><div>".join(written) + "</div></body></html>").root
        divisions = root[0] if len(root) else ()
        if len(divisions) == len(written) and all(
            len(one) == 1 and one[0].tag == node.tag for one, node in zip(divisions, self._nodes, strict=True)
        ):
            return [LxmlTree(one[0]) for one in divisions]
        return [_read_alone(html, node.tag or "") for html, node in zip(written, self._nodes, strict=True)]


def _read_alone(html: str, tag: str) -> LxmlTree:
    root = parsed(html).root
    return LxmlTree(next(root.iter(tag), root))


def parsed_by_lexbor(page: bytes) -> LexborTree:
    """The tree of a light page in UTF-8. Never raises."""
    if b"\0" in page:  # the other parser leaves them out, too
        page = page.replace(b"\0", b"")
    root = LexborHTMLParser(page).root
    assert root is not None, "a page without a tag has some, too"
    return LexborTree(root, page)


def _are_nested(nodes: list[LexborNode]) -> bool:
    """Whether one of them lies in another; then there is one that lies in the one before it."""
    return any(_is_in(inner, outer) for outer, inner in pairwise(nodes))


def _is_in(inner: LexborNode, outer: LexborNode) -> bool:
    """Told by their places in memory: to compare nodes themselves is to write both as HTML, and what is around them."""
    beside, above = outer.parent, inner.parent
    while above is not None and (beside is None or above.mem_id != beside.mem_id):
        if above.mem_id == outer.mem_id:
            return True
        above = above.parent
    return False


def _content(node: LexborNode) -> str:
    return node.text_content or ""


@lru_cache(maxsize=512)
def _plain(selector: str) -> _Selector | None:
    match = _PLAIN.fullmatch(selector)
    if match is None:
        return None
    single, is_text, attribute, several = match.groups()
    if (is_text or attribute) and _OWN_TOO.search(single):
        return None
    is_in_head = single is not None and _IN_HEAD.match(single) is not None
    return _Selector(single or several, several is not None, is_in_head, is_text is not None, attribute)

"""A page as libxml2 reads it, for whatever asks by XPath or walks the tree.

A selector means what it means to parsel, whose translation of CSS is used; it is compiled once, and asked of the tree
itself, as an object of parsel's around each of the few hundred matches of a page costs more than to find them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from lxml import etree
from parsel.csstranslator import HTMLTranslator
from parsel.selector import create_root_node

XPATH = "xpath:"
_NAMESPACES = {"re": "http://exslt.org/regular-expressions", "set": "http://exslt.org/sets"}  # parsel's
_Find = Callable[[Any], Any]


class LxmlTree:
    """An element of lxml, with all that is in it."""

    __slots__ = ("root",)

    def __init__(self, root: Any) -> None:
        self.root = root

    def select(self, selector: str) -> list[Any]:
        """What a selector finds: elements, texts, numbers. Raises ValueError, or what cssselect raises, for none."""
        try:
            found = _compiled(selector)(self.root)
        except etree.XPathError as error:
            raise ValueError(f"XPath error: {error} in {selector.removeprefix(XPATH).strip()}") from error
        return found if isinstance(found, list) else [found]

    def root_attribute(self, name: str) -> str | None:
        """An attribute of the root; None without it."""
        value: str | None = self.root.get(name)
        return value

    def parts(self, matches: list[Any]) -> list[LxmlTree]:
        """A tree for each match that is an element."""
        return [LxmlTree(match) for match in matches if self.is_element(match)]

    def is_element(self, match: Any) -> bool:
        """False for text, an attribute's value, a number."""
        return hasattr(match, "iter")

    def text(self, match: Any) -> str:
        """An element's text without comments; a text node or an attribute as it is; what XPath counted."""
        if isinstance(match, str):
            return match
        return string_of(match) if hasattr(match, "iter") else f"{match:g}"

    def pieces(self, element: Any) -> list[str]:
        """Every piece of text that tags separate, but for blank ones."""
        found: list[str] = _TEXT_NODES(element)
        return found

    def anchors(self, element: Any) -> list[Any]:
        """Every `a[href]`, the element itself included."""
        return [anchor for anchor in element.iter("a") if anchor.get("href") is not None]

    def hrefs(self, element: Any) -> list[str]:
        """Their addresses."""
        return [anchor.get("href") for anchor in self.anchors(element)]

    def around(self, element: Any) -> Iterator[str]:
        """The tags of the elements around one, from the inner to the outer."""
        return (above.tag for above in element.iterancestors())


def parsed(text: str) -> LxmlTree:
    """The tree of a page. Never raises."""
    try:
        return LxmlTree(create_root_node(text, etree.HTMLParser))
    except UnicodeEncodeError:  # exotic charsets decode to lone surrogates, which no parser takes
        return LxmlTree(create_root_node(text.encode("utf-8", "replace").decode("utf-8"), etree.HTMLParser))


def string_of(element: Any) -> str:
    """All text in an element of lxml, without comments, white space kept."""
    if len(element) == 0:  # as most that are asked: a sixth of the time
        return element.text or ""
    text: str = etree.tostring(element, method="text", encoding="unicode", with_tail=False)  # a fifth of XPath's time
    return text


def _xpath(query: str) -> _Find:
    used = {prefix: uri for prefix, uri in _NAMESPACES.items() if f"{prefix}:" in query}  # each costs at every use
    find: _Find = etree.XPath(query, namespaces=used, smart_strings=False)
    return find


@lru_cache(maxsize=512)
def _compiled(selector: str) -> _Find:
    if selector.startswith(XPATH):
        return _xpath(selector.removeprefix(XPATH).strip())
    return _xpath(HTMLTranslator().css_to_xpath(selector))


_TEXT_NODES = _xpath("descendant-or-self::text()[normalize-space()]")

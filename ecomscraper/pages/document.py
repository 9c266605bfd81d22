"""A parsed HTML page. The parser stays behind this file; whoever reads a page knows selectors only.

A selector is CSS, with `::text` and `::attr(name)` as in Scrapy, or XPath after the prefix `xpath:`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import parsel
from w3lib.encoding import html_to_unicode

_XPATH = "xpath:"
_ASCII_SPACE = re.compile(r"[\t\n\f\r ]+")
_ANCHORS = "descendant-or-self::a[@href]"
_TEXT_NODES = "descendant-or-self::text()[normalize-space()]"


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
        _select(parsel.Selector(text="", type="html"), selector)
    except Exception as error:  # cssselect, lxml and parsel each raise their own classes
        kind = "XPath" if selector.startswith(_XPATH) else "CSS"
        raise ValueError(f"is no {kind} selector: {error}") from error


class Document:
    """A page that selectors can be asked of. Made by `parse_document`."""

    __slots__ = ("_root", "url")

    def __init__(self, root: parsel.Selector, url: str) -> None:
        self._root = root
        self.url = url
        """The page's own address, "" when it is not known; relative links start from it."""

    @property
    def tree(self) -> Any:
        """The root element, of lxml, for readers that walk the tree; it is not to be changed."""
        return self._root.root

    @property
    def base_url(self) -> str:
        """What relative links start from: `<base>`, or the page's own address; "" when it is not known."""
        return _join(self.url, self.first("base::attr(href)") or "")

    def parts(self, selector: str) -> list[Document]:
        """Each match that is an element as a document of its own, whose links start from where the page's do."""
        base = self.base_url
        return [Document(match, base) for match in _select(self._root, selector) if hasattr(match.root, "iter")]

    def texts(self, selector: str) -> list[str]:
        """One text for each match, in document order; an element gives all text in it, white space kept."""
        return [_text(match.root) for match in _select(self._root, selector)]

    def first(self, selector: str) -> str | None:
        """The text of the first match; None without one."""
        matches = _select(self._root, selector)
        return _text(matches[0].root) if matches else None

    def count(self, selector: str) -> int:
        """How many matches there are."""
        return len(_select(self._root, selector))

    def text_nodes(self, selector: str) -> list[str]:
        """Every piece of text in the matches that tags separate, collapsed, the blank ones left out."""
        return [collapse(_text(node.root)) for node in _select(self._root, selector).xpath(_TEXT_NODES)]

    def links(self, selector: str) -> list[Link]:
        """Every `a[href]` that is a match or lies in one, in document order."""
        base = self.base_url
        anchors = _select(self._root, selector).xpath(_ANCHORS)
        return [Link(collapse(_text(a.root)), _join(base, a.attrib["href"])) for a in anchors]


def parse_document(body: bytes, *, content_type: str = "", url: str = "") -> Document:
    """Never raises: an empty body, binary data and a false charset give a document, if a poor one.

    `content_type` is the header's value: its charset is believed first, unless a byte order mark
    contradicts it, then `<meta>`, then UTF-8 if it fits, then Windows-1252.
    """
    text = decode_page(body, content_type)
    try:
        root = parsel.Selector(text=text, type="html")
    except UnicodeEncodeError:  # exotic charsets decode to lone surrogates, which no parser takes
        root = parsel.Selector(text=text.encode("utf-8", "replace").decode("utf-8"), type="html")
    return Document(root, url)


def decode_page(body: bytes, content_type: str = "") -> str:
    """The text of a page, by the rules of `parse_document`; never raises."""
    for declared in (content_type, None):
        try:
            return html_to_unicode(declared, body, auto_detect_fun=_detect)[1]
        except (LookupError, ValueError):  # Python knows "charsets" such as hex, which are none
            continue
    return body.decode("utf-8", "replace")


def _detect(body: bytes) -> str | None:
    for encoding in ("utf-8", "cp1252"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return None


def _select(root: parsel.Selector, selector: str) -> parsel.SelectorList[parsel.Selector]:
    if selector.startswith(_XPATH):
        return root.xpath(selector.removeprefix(_XPATH).strip())
    return root.css(selector)


def _text(node: Any) -> str:
    """An element's text without comments; a text node or an attribute as it is; what XPath counted."""
    if isinstance(node, str):
        return node
    return str(node.xpath("string()")) if hasattr(node, "xpath") else f"{node:g}"


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, collapse(href))
    except ValueError:  # "http://[" is a link, too
        return ""

"""A sitemap: the addresses that a shop hands to search engines, <https://www.sitemaps.org/protocol.html>."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from ecomscraper.pages.guards import PageRefused

MOST_ENTRIES = 50_000  # the protocol's limit for one file …
MOST_BYTES = 52_428_800  # … and for its size, unpacked
_GZIP = b"\x1f\x8b"
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|(?:\w+:)?(?:urlset|sitemapindex)[\s>])")
_URL_LINE = re.compile(r"https?://\S+")
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file says."""

    is_index: bool
    """It names other sitemaps, not pages."""
    urls: tuple[str, ...]
    """Absolute, in order."""


def read_sitemap(body: bytes) -> Sitemap:
    """XML, or text with one address a line, either of them perhaps packed with gzip.

    Raises PageRefused with the reason not_sitemap, too_large or truncated.
    """
    if body.startswith(_GZIP):
        body = _unpacked(body)
    if _XML.match(body):
        return _of_xml(body)
    lines = body.decode("utf-8-sig", "replace").split()
    if lines and all(_URL_LINE.fullmatch(line) for line in lines):
        return _of(False, lines)
    raise PageRefused("not_sitemap", f"neither XML nor a list of addresses: {ascii(body[:_SHOWN])[2:-1]}")


def _unpacked(body: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        text = unpacker.decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise PageRefused("not_sitemap", f"broken gzip: {error}") from error
    if len(text) > MOST_BYTES:
        raise PageRefused("too_large", f"more than {MOST_BYTES} bytes when unpacked")
    if not unpacker.eof:
        raise PageRefused("truncated", "the gzip ends in the middle")
    return text


def _of_xml(body: bytes) -> Sitemap:
    urls: list[str] = []
    is_index = False
    try:
        # No entities, no network, and libxml2's own limits for depth and size of a text.
        events = etree.iterparse(BytesIO(body), events=("end",), resolve_entities=False, no_network=True)
        for _, element in events:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if name in ("url", "sitemap"):
                is_index = is_index or name == "sitemap"
                urls += [loc.text.strip() for loc in element if _is_loc(loc) and loc.text]
                element.clear()
        root = etree.QName(events.root).localname
    except etree.XMLSyntaxError as error:
        raise PageRefused("not_sitemap", f"broken XML: {error.msg}") from error
    if root not in ("urlset", "sitemapindex"):
        raise PageRefused("not_sitemap", f"its root is <{root}>, not <urlset> or <sitemapindex>")
    return _of(is_index, urls)


def _is_loc(element: etree._Element) -> bool:
    """The entry's own address: pictures and videos within it have theirs deeper."""
    return isinstance(element.tag, str) and etree.QName(element).localname == "loc"


def _of(is_index: bool, urls: list[str]) -> Sitemap:
    if len(urls) > MOST_ENTRIES:
        raise PageRefused("not_sitemap", f"{len(urls)} entries, more than {MOST_ENTRIES}")
    return Sitemap(is_index, tuple(url for url in urls if url.startswith(("http://", "https://"))))

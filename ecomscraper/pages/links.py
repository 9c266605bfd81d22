"""Links between pages: the header of an answer, <https://www.rfc-editor.org/rfc/rfc8288>, and those in its text."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from ecomscraper.pages.document import Document
from ecomscraper.pagination.session_ids import page_key, without_session_id

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s;,=]+(?:\s*=\s*(?:\"[^\"]*\"|[^\s;,]*))?)*)")
_PARAMETER = re.compile(r";\s*([^\s;,=]+)(?:\s*=\s*(?:\"([^\"]*)\"|([^\s;,]*)))?")


def next_of_header(header: str, base: str) -> str | None:
    """The absolute URL of `rel=next` in a Link header; None without one."""
    for target, parameters in _LINK.findall(header):
        for name, quoted, plain in _PARAMETER.findall(parameters):
            if name.lower() == "rel" and "next" in (quoted or plain).lower().split():
                return page_link(target, base)
    return None


def next_of_page(document: Document, selector: str) -> str | None:
    """The absolute URL that the first match of `selector` with an address leads to; None without one.

    A match is a link, an element with a link in it, or text that is an address: an attribute, as in
    `button::attr(data-next)`.
    """
    if "::" in selector or selector.startswith("xpath:"):
        targets = document.texts(selector)
    else:
        targets = [part.tree.get("href") or _link_in(part) for part in document.parts(selector)]
    return next(filter(None, (page_link(target, document.base_url) for target in targets)), None)


def links_in(document: Document, selector: str) -> list[str]:
    """The absolute URLs that the matches of `selector` lead to, each once, in order; fragments are left out.

    A match is a link, an element with links in it, or text that is an address.
    """
    are_elements = bool(document.parts(selector))
    targets = [link.url for link in document.links(selector)] if are_elements else document.texts(selector)
    found: dict[str, str] = {}
    for target in targets:
        if url := page_link(target, document.base_url):
            found.setdefault(page_key(url), without_session_id(url).partition("#")[0])
    return list(found.values())


def page_link(target: str | None, base: str) -> str | None:
    """`target` as the absolute URL of a page, seen from the page at `base`; None where it is none.

    Mail addresses, scripts and mere fragments lead to no page.
    """
    target = (target or "").strip()
    if not target or target.startswith("#"):
        return None
    try:
        url = urljoin(base, target)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url.replace(" ", "%20") if parts.scheme in ("http", "https") and parts.netloc else None


def _link_in(part: Document) -> str:
    return part.first("a[href]::attr(href)") or ""

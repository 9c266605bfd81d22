"""From an answer's bytes to a document, or the reason why it is none."""

from __future__ import annotations

from ecomscraper.pages.document import Document, parse_document
from ecomscraper.pages.guards import PageLimits, PageRefused, check_page
from ecomscraper.pages.media_type import not_html


def open_page(body: bytes, *, content_type: str, url: str, limits: PageLimits) -> Document:
    """The parsed page. Raises PageRefused with the reason not_html, too_deep or too_many_attributes."""
    if evidence := not_html(body, content_type):
        raise PageRefused("not_html", evidence)
    light = check_page(body, limits)
    return parse_document(body, content_type=content_type, url=url, light=light)

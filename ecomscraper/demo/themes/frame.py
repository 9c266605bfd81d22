"""What the pages of all themes share: a document with its language and title."""

from __future__ import annotations

import json
from typing import Any

from ecomscraper.demo.document import Document
from ecomscraper.demo.markup import SITE_NAME
from ecomscraper.demo.themes.theme import Theme


def framed(theme: Theme, title: str, body: str, *, head: str = "", body_attributes: str = "") -> Document:
    """A page: `title` without the site's name, `head` and `body`, all three HTML."""
    attributes = f" {body_attributes}" if body_attributes else ""
    page = (
        f'<!doctype html>\n<html lang="{theme.language}">\n<head>\n<meta charset="UTF-8">\n'
        f"<title>{title} &#8211; {SITE_NAME}</title>\n{head}</head>\n<body{attributes}>\n{body}</body>\n</html>\n"
    )
    return Document((page.encode(),))


def script_json(value: Any) -> str:
    """JSON that may stand in a script element: nothing in it can end the element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def json_script(value: Any, attributes: str) -> str:
    """Data in a script element of its own."""
    return f"<script {attributes}>{script_json(value)}</script>\n"


def json_ld(value: Any) -> str:
    """Structured data as a page carries it."""
    return json_script(value, 'type="application/ld+json"')

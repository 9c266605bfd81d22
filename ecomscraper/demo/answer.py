"""What the demo shop answers, before it is framed for the wire."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecomscraper.demo.document import Document

HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; `headers` beside content type and length. `as_is` forbids to compress it."""

    status: int
    document: Document
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)
    as_is: bool = False


def redirect(status: int, location: str) -> Answer:
    """A redirect with the little page that servers send along."""
    text = f'<!doctype html>\n<title>Moved</title>\n<p>Moved <a href="{location}">here</a>.</p>\n'
    return Answer(status, Document((text.encode(),)), headers={"Location": location})

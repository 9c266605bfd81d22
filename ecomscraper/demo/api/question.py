"""What an API of the demo shop is asked, and the ways to answer it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.themes.shelf import Shelf

JSON = "application/json; charset=utf-8"
_INTEGER = re.compile("-?[0-9]{1,15}")


class OutOfRangeError(ValueError):
    """A parameter in the query is no number, or none of those allowed."""

    def __init__(self, parameter: str, least: int, most: int) -> None:
        super().__init__(f"{parameter} must be between {least} (inclusive) and {most} (inclusive)")
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Question:
    """One request; `origin` is scheme and host as the client named them, `path` is whole."""

    shelf: Shelf
    path: str
    query: Mapping[str, str]
    origin: str

    def integer(self, parameter: str, default: int, least: int, most: int = 10**15) -> int:
        """A number from the query. Raises OutOfRangeError."""
        text = self.query.get(parameter)
        if text is None:
            return default
        if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
            raise OutOfRangeError(parameter, least, most)
        return int(text)

    def product_url(self, product: DemoProduct) -> str:
        """The absolute address of the product's own page."""
        return self.origin + self.shelf.site.product_path(product)

    def image_url(self, product: DemoProduct) -> str:
        """The absolute address of the product's picture."""
        return self.origin + product.image

    def links_to(self, page: int, pages: int) -> dict[str, str]:
        """The `Link` header (RFC 8288) of page `page`, with `prev` and `next` where there are such; {} for neither."""
        near = (("prev", page - 1, 1 < page <= pages + 1), ("next", page + 1, page < pages))
        links = [f'<{self._with_page(number)}>; rel="{relation}"' for relation, number, exists in near if exists]
        return {"Link": ", ".join(links)} if links else {}

    def _with_page(self, page: int) -> str:
        return f"{self.origin}{self.path}?{urlencode({**self.query, 'page': page})}"


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, Document((text.encode(),)), JSON, dict(headers or {}))

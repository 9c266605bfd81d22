"""The scripts of a page: each is parsed once, whoever asks for what is in it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ecomscraper.pages.document import Document
from ecomscraper.pages.lenient_json import read_json, read_json_values


class PageScripts:
    """JSON-LD, other JSON, and code, in document order."""

    def __init__(self, document: Document) -> None:
        self._ld: list[str] = []
        self._data: list[tuple[str, str]] = []
        self.code: list[str] = []
        """The text of each script that a browser runs, without those that it loads."""
        for script in document.tree.iter("script"):
            kind, text = (script.get("type") or "").strip().lower(), script.text or ""
            if not text.strip():
                continue
            if "ld+json" in kind or "json+ld" in kind:
                self._ld.append(text)
            elif "json" in kind or kind == "text/x-magento-init":
                self._data.append((script.get("id") or "", text))
            elif kind in {"", "module"} or "javascript" in kind:
                self.code.append(text)

    @cached_property
    def json_ld(self) -> list[Any]:
        """Every value of every JSON-LD script."""
        return [value for text in self._ld for value in read_json_values(text)]

    @cached_property
    def data(self) -> list[tuple[str, Any]]:
        """(the script's id or "", its value) of each other script that holds JSON."""
        return [(name, value) for name, text in self._data if (value := read_json(text)) is not None]

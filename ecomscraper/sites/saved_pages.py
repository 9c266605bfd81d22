"""Pages of shops that are kept as tests: `<folder>/<site>/<case>/{page.html,expected.json}`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ecomscraper.exceptions import ArgumentError, StorageError
from ecomscraper.pages.charset import decode
from ecomscraper.pages.document import Document, parse_document
from ecomscraper.sites.checking import Difference, differences, read_values
from ecomscraper.sites.profile import SiteProfile

PAGE, EXPECTED = "page.html", "expected.json"
_CASE = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_MOST_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class SavedPage:
    """One case of a site."""

    folder: Path

    @property
    def name(self) -> str:
        """`<site>/<case>`"""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def expected(self) -> dict[str, Any]:
        """What the page must give. Raises ValueError, with the reason, where the file says nothing usable."""
        try:
            expected = json.loads((self.folder / EXPECTED).read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"{EXPECTED} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{EXPECTED} is no JSON: {error}") from error
        if not isinstance(expected, dict) or not isinstance(expected.get("url"), str):
            raise ValueError(f'{EXPECTED} must be an object with the page\'s "url"')
        return expected

    def document(self, url: str) -> Document:
        """The page as it would come from `url`. Raises ValueError where it cannot be read."""
        try:
            return parse_document((self.folder / PAGE).read_bytes(), url=url)
        except OSError as error:
            raise ValueError(f"{PAGE} cannot be read: {error.strerror}") from error

    def check(self, profile: SiteProfile) -> list[Difference]:
        """What the page gives otherwise than expected. Raises ValueError where its files cannot be used."""
        expected = self.expected()
        found = read_values(self.document(expected["url"]), profile)
        if unknown := [key for key in expected if key not in found]:
            raise ValueError(f'{EXPECTED} expects "{unknown[0]}", which is none of {", ".join(sorted(found))}')
        return differences(expected, found)


def saved_pages(site: str, folders: Iterable[Path]) -> list[SavedPage]:
    """The cases of `site` in all `folders`, by name; each folder that has one of the two files is a case."""
    cases = {
        file.parent for folder in folders for name in (PAGE, EXPECTED) for file in (folder / site).glob(f"*/{name}")
    }
    return [SavedPage(case) for case in sorted(cases)]


def case_of(url: str) -> str:
    """A name for the case of the page at `url`, such as "catalogue_page-2".

    >>> case_of("https://shop.example/shop/?page=2"), case_of("https://shop.example/")
    ('shop_page_2', 'start')
    """
    parts = urlsplit(url)
    words = re.findall(r"[\w-]+", re.sub(r"\.\w+$", "", parts.path) + " " + parts.query)
    return "_".join(words)[-_MOST_CHARACTERS:].strip("_-") or "start"


def check_case(name: str) -> None:
    """Raises ArgumentError where `name` cannot be that of a folder."""
    if not _CASE.fullmatch(name):
        raise ArgumentError(f"--case {name}: must be a folder's name: letters, digits, -, _ and . between them")


def check_free(page: SavedPage, *, force: bool) -> None:
    """Raises ArgumentError where one of its files is there already, unless `force`."""
    there = [name for name in (PAGE, EXPECTED) if (page.folder / name).exists()]
    if there and not force:
        raise ArgumentError(f"{page.folder / there[0]} is there already; --force overwrites it, --case names another")


def write_page(page: SavedPage, body: bytes, content_type: str, expected: Mapping[str, Any]) -> None:
    """Write both files. Raises StorageError where that fails.

    A page whose characters only its HTTP header explains is kept as UTF-8 that says so.
    """
    text = decode(body, content_type)
    if decode(body) != text:
        body = text.encode("utf-8-sig", "replace")
    said = json.dumps(expected, ensure_ascii=False, indent=2)
    try:
        page.folder.mkdir(parents=True, exist_ok=True)
        (page.folder / PAGE).write_bytes(body)
        (page.folder / EXPECTED).write_text(f"{said}\n", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{page.folder} cannot be written: {error.strerror}") from error

"""What is known about a particular shop stands in sites/ and nowhere else in the package."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

OWN = "demo"  # the embedded shop is part of the project
TEXTS = (".py", ".toml")


def _domain(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return ".".join(host.split(".")[-2:])


def test_no_site_is_named_outside_sites(root: Path) -> None:
    package = root / "ecomscraper"
    profiles = {file.stem: file for file in (package / "sites").glob("*.toml") if file.stem != OWN}
    starts = [tomllib.loads(file.read_text(encoding="utf-8"))["start"] for file in profiles.values()]
    words = [*profiles, *map(_domain, starts)]
    named = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
    assert named.search("from https://www.scrapingcourse.com/ on")

    found = [
        f"{file.relative_to(root)}:{number}: {line.strip()}"
        for file in sorted(package.rglob("*"))
        if file.suffix in TEXTS and (package / "sites") not in file.parents
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if named.search(line)
    ]

    assert found == []

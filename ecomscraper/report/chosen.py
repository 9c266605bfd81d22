"""The effective values of a crawl, each with where it came from as far as its row in the database tells. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecomscraper.sites.profile import SiteProfile
from ecomscraper.sites.secrets import masked

LINE, PROFILE, DEFAULT = "-a", "profile", "default"
_ORDER = (LINE, PROFILE, DEFAULT)


@dataclass(frozen=True, slots=True)
class Chosen:
    key: str
    value: str
    origin: str  # -a, profile, or default: what a profile without the key has


def chosen_values(arguments: Mapping[str, Any], profile: Mapping[str, Any]) -> list[Chosen]:
    """Those of the command line first, then those of the profile, then the defaults; empty ones of the line only."""
    defaults = dict(_leaves(SiteProfile.model_construct().model_dump(mode="json")))
    values = dict(_leaves(masked(profile)))
    given = masked(arguments)
    found = [Chosen(key, _shown(value), LINE) for key, value in given.items() if key not in values]
    for key, value in values.items():
        origin = LINE if key in given else DEFAULT if key in defaults and defaults[key] == value else PROFILE
        if origin == LINE or value not in (None, "", [], {}):
            found.append(Chosen(key, _shown(value), origin))
    return sorted(found, key=lambda each: _ORDER.index(each.origin))


def _leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """`{"limits": {"concurrency": 4}}` → `("limits.concurrency", 4)`."""
    for name, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""Where a profile says that a product's fields stand: selectors, and paths into the page's data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from typing import Any

from ecomscraper.pages.document import Document, check_selector, collapse
from ecomscraper.pages.json_ld import Graph
from ecomscraper.pages.json_pointer import pointed
from ecomscraper.pages.microdata import read_microdata
from ecomscraper.pages.open_graph import Properties, open_graph
from ecomscraper.pages.scripts import PageScripts

_PATHS = ("jsonld:", "microdata:")
_OPEN_GRAPH = "og:"
_POINTER = "json:"

Alternatives = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductSelectors:
    """For each field the places to look, the best first; the first that gives a value counts.

    A place is a CSS selector, or after a prefix: `xpath:` an XPath; `jsonld:` and `microdata:` a path of property
    names in the page's first product, `offers.price`; `og:` the rest of a property, `og:title`, or a whole one,
    `og:product:brand`; `json:` a JSON pointer (RFC 6901) into the first JSON on the page that has it.
    """

    url: Alternatives = ()
    name: Alternatives = ()
    price: Alternatives = ()
    regular_price: Alternatives = ()
    currency: Alternatives = ()
    availability: Alternatives = ()
    sku: Alternatives = ()
    brand: Alternatives = ()
    gtin: Alternatives = ()
    image_url: Alternatives = ()
    rating: Alternatives = ()
    review_count: Alternatives = ()
    description: Alternatives = ()

    def given(self) -> tuple[tuple[str, Alternatives], ...]:
        """(field, its places) where there are any."""
        return _given(self)


@lru_cache(maxsize=64)  # each card of a listing asks
def _given(selectors: ProductSelectors) -> tuple[tuple[str, Alternatives], ...]:
    return tuple((one.name, places) for one in fields(selectors) if (places := getattr(selectors, one.name)))


def check_place(place: str) -> None:
    """Raises ValueError, with the reason, when `place` is none that `ProductSelectors` may hold."""
    for prefix in (*_PATHS, _OPEN_GRAPH):
        if place.startswith(prefix):
            if not place.removeprefix(prefix).strip():
                raise ValueError(f"names nothing after {prefix}")
            return
    if place.startswith(_POINTER):
        if not place.removeprefix(_POINTER).startswith("/"):
            raise ValueError('is no JSON pointer: it must start with "/" after json:')
        return
    check_selector(place)


class Places:
    """A page's answers to places; what is asked for more than once is parsed once."""

    def __init__(self, document: Document, scripts: PageScripts | None = None) -> None:
        self._document = document
        self._given_scripts = scripts

    def first(self, places: Alternatives, read: Callable[[Any], Any]) -> tuple[Any, str]:
        """(value, place) of the first place whose text or value `read` makes something of; (None, "") else."""
        for place in places:
            for raw in self._values(place):
                value = read(raw)
                if value is not None:
                    return value, place
        return None, ""

    def _values(self, place: str) -> list[Any]:
        if place.startswith("jsonld:"):
            return self._path(self._json_ld, place.removeprefix("jsonld:"))
        if place.startswith("microdata:"):
            return self._path(self._microdata, place.removeprefix("microdata:"))
        if place.startswith(_OPEN_GRAPH):
            name = place.removeprefix(_OPEN_GRAPH).strip().lower()
            return [self._properties[key] for key in (f"og:{name}", name) if key in self._properties]
        if place.startswith(_POINTER):
            return self._pointed(place.removeprefix(_POINTER))
        return [collapse(text) for text in self._document.texts(place) if collapse(text)]

    def _path(self, things: list[Any], path: str) -> list[Any]:
        values: list[Any] = things[:1]
        for name in path.strip().split("."):
            values = [part for value in values for part in self._parts(value, name)]
        return [value for value in values if not isinstance(value, (dict, list))]

    def _parts(self, value: Any, name: str) -> list[Any]:
        value = self._graph.resolved(value)
        part = value.get(name) if isinstance(value, dict) else None
        return part if isinstance(part, list) else [] if part is None else [part]

    def _pointed(self, pointer: str) -> list[Any]:
        for _, value in self._scripts.data:
            found = pointed(value, pointer)
            if found is not None and not isinstance(found, (dict, list)):
                return [found]
        return []

    @cached_property
    def _scripts(self) -> PageScripts:
        return self._given_scripts or PageScripts(self._document)

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self._scripts.json_ld)

    @cached_property
    def _json_ld(self) -> list[Any]:
        return [found.thing for found in self._graph.products()]

    @cached_property
    def _microdata(self) -> list[Any]:
        return [found.thing for found in read_microdata(self._document)]

    @cached_property
    def _properties(self) -> Properties:
        return open_graph(self._document)

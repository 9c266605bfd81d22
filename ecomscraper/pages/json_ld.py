"""The products in a page's JSON-LD, wherever in a graph, a list or a page's description they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

PRODUCTS = frozenset(
    {
        "product",
        "productgroup",
        "productmodel",
        "individualproduct",
        "someproducts",
        "vehicle",
        "car",
        "book",
        "hardwareproduct",
    }
)
_SOLD_WORKS = frozenset({"videogame", "game", "musicalbum", "movie", "visualartwork", "drug", "dietarysupplement"})
_OFFERS = frozenset({"offer", "aggregateoffer"})
_RELATED = frozenset(
    {"itemlistelement", "isrelatedto", "issimilarto", "isaccessoryorsparepartfor", "isconsumablefor",
     "hasoffercatalog", "makesoffer", "relatedlink", "itemreviewed", "containsplace"}
)  # fmt: skip
_NAMING = {"@type", "@id", "@context"}
_DEEPEST = 24

Thing = dict[str, Any]
"""A node of a graph: property → value or list of values, `@type` among them."""


class Found(NamedTuple):
    """A product's node."""

    thing: Thing
    is_related: bool


class Graph:
    """All JSON-LD of a page, so that `{"@id": …}` finds what it refers to."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values
        self._nodes: dict[str, Thing] = {}
        for node in _nodes(values, 0):
            name = node.get("@id")
            if isinstance(name, str) and len(node) > len(self._nodes.get(name, ())):
                self._nodes[name] = node

    def resolved(self, value: Any) -> Any:
        """`value`, or the node that it only names."""
        if isinstance(value, dict) and "@id" in value and len(value) <= 2:
            return self._nodes.get(str(value["@id"]), value)
        return value

    def products(self) -> list[Found]:
        """Each product once, in document order; parts and variants of a product are left in it."""
        found: list[Found] = []
        self._collect(self._values, False, 0, found)
        return found

    def _collect(self, value: Any, is_related: bool, depth: int, found: list[Found]) -> None:
        if depth > _DEEPEST:
            return
        if isinstance(value, list):
            for one in value:
                self._collect(one, is_related, depth + 1, found)
        elif isinstance(value, dict):
            if is_product(value):
                if set(value) - _NAMING and not any(value is one.thing for one in found):
                    found.append(Found(value, is_related))
                return
            offered = self.resolved(value.get("itemOffered")) if types_of(value) & _OFFERS else None
            if isinstance(offered, dict) and types_of(offered) & PRODUCTS and "offers" not in offered:
                found.append(Found({**offered, "offers": [value]}, is_related))
                return
            for key, part in value.items():
                if isinstance(part, (dict, list)):
                    self._collect(part, is_related or local_name(key).lower() in _RELATED, depth + 1, found)


def is_product(thing: Thing) -> bool:
    """Whether a node is a product by its type, or a work that is sold."""
    types = types_of(thing)
    return bool(types & PRODUCTS or (types & _SOLD_WORKS and "offers" in thing))


def types_of(thing: Thing) -> frozenset[str]:
    """The local names of its types, in lower case."""
    types = thing.get("@type") or thing.get("type")
    return frozenset(
        local_name(one).lower() for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)
    )


def local_name(name: str) -> str:
    """ "http://schema.org/Product" and "schema:Product" → "Product"."""
    return name.rstrip("/").rpartition("/")[2].rpartition("#")[2].rpartition(":")[2]


def _nodes(value: Any, depth: int) -> Iterator[Thing]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            if isinstance(part, (dict, list)):
                yield from _nodes(part, depth + 1)

"""Microdata and RDFa Lite as the nodes that the same facts would be in JSON-LD.

<https://html.spec.whatwg.org/multipage/microdata.html>, <https://www.w3.org/TR/rdfa-lite/>. More liberal in one
point: a `content` attribute is the value of any element, as search engines read it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ecomscraper.pages.document import Document, collapse
from ecomscraper.pages.json_ld import PRODUCTS, Found, Thing, local_name, types_of

_URL_ATTRIBUTES = {
    "a": "href", "area": "href", "link": "href", "img": "src", "source": "src", "audio": "src", "video": "src",
    "embed": "src", "iframe": "src", "object": "data",
}  # fmt: skip
_VALUE_ATTRIBUTES = {"data": "value", "meter": "value", "time": "datetime"}
_STRAYS = {"offer": "offers", "aggregateoffer": "offers", "aggregaterating": "aggregateRating"}


class _Syntax(NamedTuple):
    xpath: str
    scope: str
    types: str
    properties: str


_MICRODATA = _Syntax("descendant-or-self::*[@itemscope or @itemprop]", "itemscope", "itemtype", "itemprop")
_RDFA = _Syntax("descendant-or-self::*[@typeof or @property]", "typeof", "typeof", "property")


def read_microdata(document: Document) -> list[Found]:
    """The products that microdata describes, in document order."""
    return _products(_things(document.tree, _MICRODATA))


def read_rdfa(document: Document) -> list[Found]:
    """The products that RDFa Lite describes, in document order."""
    return _products(_things(document.tree, _RDFA))


def _products(things: list[tuple[Thing, bool]]) -> list[Found]:
    """Products; an offer or a rating that stands outside of the only one belongs to it."""
    products = [thing for thing, _ in things if types_of(thing) & PRODUCTS]
    own = [thing for thing, is_part in things if not is_part and types_of(thing) & PRODUCTS]
    if len(own) == 1:
        for thing, is_part in things:
            for kind in types_of(thing) & _STRAYS.keys():
                if not is_part:
                    own[0].setdefault(_STRAYS[kind], []).append(thing)
    return [Found(thing, not any(thing is one for one in own)) for thing in products]


def _things(root: Any, syntax: _Syntax) -> list[tuple[Thing, bool]]:
    """(thing, whether it is a property of another one), in document order."""
    elements = root.xpath(syntax.xpath)
    if not any(element.get(syntax.scope) is not None for element in elements):
        return []
    scopes: dict[Any, Thing] = {}
    found: list[tuple[Thing, bool]] = []
    borrowed: dict[Any, Thing] = {}
    for element in elements:
        owner = _owner(element, scopes, borrowed)
        names = _property_names(element, syntax)
        if element.get(syntax.scope) is not None:
            value: Any = {"@type": [local_name(one) for one in (element.get(syntax.types) or "").split()]}
            scopes[element] = value
            found.append((value, owner is not None and bool(names)))
            for name in (element.get("itemref") or "").split():
                borrowed.update(dict.fromkeys(root.xpath("//*[@id=$name]", name=name), value))
        else:
            value = None
        if owner is not None and names:
            value = _value(element) if value is None else value
            for name in names:
                owner.setdefault(name, []).append(value)
    return found


def _owner(element: Any, scopes: dict[Any, Thing], borrowed: dict[Any, Thing]) -> Thing | None:
    if element in borrowed:
        return borrowed[element]
    for ancestor in element.iterancestors():
        owner = scopes.get(ancestor) or borrowed.get(ancestor)
        if owner is not None:
            return owner
    return None


def _property_names(element: Any, syntax: _Syntax) -> list[str]:
    names = (element.get(syntax.properties) or "").split()
    return [local_name(name) for name in names if ":" not in name or name.startswith(("schema:", "http"))]


def _value(element: Any) -> str:
    content = element.get("content")
    if content is not None and (content.strip() or element.tag == "meta"):
        return str(content)
    attribute = _URL_ATTRIBUTES.get(element.tag) or _VALUE_ATTRIBUTES.get(element.tag)
    if attribute and element.get(attribute):
        return str(element.get(attribute))
    return collapse(str(element.xpath("string()")))

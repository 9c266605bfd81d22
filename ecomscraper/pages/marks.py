"""What class names, attributes and tags say an element is: one pass, whatever the shop's software."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

_KINDS = {
    "price": (
        r"(?<![a-z])(?:price|pricing|preis|prix|precio|preco|prezzo|prijs|cena|pris)(?![a-z])|price"
        r"|(?:^|\s)(?:money|amount|woocommerce-price-amount)(?:\s|$)"
    ),
    "name": (
        r"(?:product|item|card|loop)[\w-]*?[-_]{0,2}(?:title|name|heading)|(?:^|\s)(?:title|name"
        r"|product-item-link|caption-title)(?:\s|$)"
    ),
    "sku": (
        r"(?:^|[\s_-])sku(?:$|[\s_-])|(?:^|\s)(?:product-?(?:code|number|reference|id|ref)|item-?(?:number"
        r"|code)|artikelnummer|article-?number)(?:\s|$)|product-reference"
    ),
    "brand": r"(?:^|[\s_-])(?:brand|vendor|manufacturer|hersteller|marque|marca)(?:-?name|-?link)?(?:$|[\s_-])",
    "gtin": r"(?:^|[\s_-])(?:gtin(?:8|12|13|14)?|ean(?:13)?|upc|isbn|barcode)(?:$|[\s_-])",
    "stock": (
        r"(?:^|[\s_-])(?:stock|in-?stock|out-?of-?stock|availability|inventory|sold-?out|verfuegbarkeit"
        r"|lagerstatus|disponibilite|backorder)(?:$|[\s_-])|stock-?status|product-?availability"
    ),
    "rating": r"(?:^|[\s_-])(?:rating|ratings|stars?|starrating|rating-result|ratingvalue)(?:$|[\s_-])|star-?rating",
    "count": (
        r"(?:review|rating)s?[-_]*count|reviewcount|ratingcount|count[-_]*(?:review|rating)s?|(?:review"
        r"|rating)s?[-_](?:number|total|link|actions)|num[-_]?reviews"
    ),
    "description": (
        r"(?:^|\s)(?:description|product[-_]{1,2}description|short-description|woocommerce-product-details__short-description"
        r"|desc)(?:\s|$)"
    ),
}
_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS.items()]
_NO_PRICE = re.compile(
    r"price[-_]?(?:range|filter|slider|drop|match|guarantee|alert|sort|trend|history|label|note"
    r"|info|tax|per[-_]?unit|unit|shipping)"
    r"|(?:unit|base|tax|per|filter|range|shipping|delivery|instal\w*|monthly|finance|klarna"
    r"|afterpay|tier|points|total)[-_]*price"
    r"|you-?save|savings?(?![a-z])|discount-(?:percentage|amount|badge)|priceline-logo|(?:^"
    r"|\s)(?:omnibus\S*|unit-price|price-omnibus)",
    re.IGNORECASE,
)
_PROPERTIES = {
    "price": "price", "lowprice": "price", "offers": "", "name": "name", "sku": "sku", "productid": "sku",
    "brand": "brand",
    "manufacturer": "brand", "availability": "stock", "ratingvalue": "rating", "reviewcount": "count",
    "ratingcount": "count", "image": "image", "description": "description", "url": "url", "pricecurrency": "currency",
    "gtin13": "gtin", "gtin8": "gtin", "gtin14": "gtin", "gtin12": "gtin", "gtin": "gtin", "isbn": "gtin",
}  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_OUTERMOST = frozenset({"price", "name", "rating", "count"})  # one in another of its kind is a part of it
# Means nothing: the kinds know `ean13`, and no longer number. A first character of its own halves the time of a search.
_NUMBER = re.compile(r"[0-9][0-9]{2,}")
_MOST_ELEMENTS = 80  # around one price
_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "select"})


@dataclass(slots=True)
class Marks:
    """The elements of each kind, in document order; of nested prices, names and ratings the outer."""

    found: dict[str, list[Any]] = field(default_factory=dict)

    def all(self, kind: str) -> list[Any]:
        """`price`, `name`, `sku`, `brand`, `gtin`, `stock`, `rating`, `count`, `description`, `image`, `url`,
        `currency` by class or itemprop; `heading`, `link`, `picture`, `button` by tag."""
        return self.found.get(kind, [])


def read_marks(root: Any, skip: Callable[[Any], bool] | None = None) -> Marks:
    """The marks in `root` (an lxml element); what `skip` is true for is passed over with all that is in it."""
    marks = Marks()
    _walk(root, skip, frozenset(), marks.found)
    return marks


def _walk(
    element: Any, skip: Callable[[Any], bool] | None, inside: frozenset[str], found: dict[str, list[Any]]
) -> None:
    stack: list[tuple[Any, frozenset[str]]] = [(element, inside)]
    while stack:
        element, inside = stack.pop()
        tag = element.tag
        if not isinstance(tag, str) or tag in _UNSEEN or (skip is not None and skip(element)):
            continue
        get = element.get
        classes, has_amount = get("class") or "", get("data-price-amount") is not None
        deeper, new = inside, _kinds_as_written(tag, classes, get("itemprop") or "", has_amount)
        if new:
            new = new - inside
            if "price" in new and _is_large(element):  # a part of the page that has prices in it
                new -= {"price"}
            for kind in new:
                if kind in found:
                    found[kind].append(element)
                else:
                    found[kind] = [element]
            deeper = _and_outermost(inside, new)
        if len(element):
            stack += [(child, deeper) for child in reversed(element)]


def _is_large(element: Any) -> bool:
    return (
        next(islice(element.iter(), _MOST_ELEMENTS, None), None) is not None
        or next(element.iter("h1"), None) is not None
    )


@lru_cache(maxsize=256)
def _and_outermost(inside: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    return inside | (new & _OUTERMOST)


@lru_cache(maxsize=4096)
def _kinds_as_written(tag: str, classes: str, properties: str, has_amount: bool) -> frozenset[str]:
    return kinds_of(tag, without_numbers(classes) if classes else "", properties, has_amount)


def without_numbers(classes: str) -> str:
    """The same to whoever asks what they mean: with `post-7985` no card would be like another."""
    return _NUMBER.sub("000", classes)


@lru_cache(maxsize=4096)
def kinds_of(tag: str, classes: str, properties: str, has_amount: bool) -> frozenset[str]:
    """What an element is, told from its tag, classes and itemprops, and whether it has a `data-price-amount`."""
    kinds = {_PROPERTIES.get(one.lower(), "") for one in properties.split()} - {""}
    if classes:
        kinds |= {kind for kind, pattern in _PATTERNS if pattern.search(classes)}
        if "price" in kinds and "price" not in properties.lower() and _NO_PRICE.search(classes):
            kinds.discard("price")
    if has_amount:
        kinds.add("price")
    if tag in _HEADINGS:
        kinds.add("heading")
    elif tag == "a":
        kinds.add("link")
    elif tag == "img":
        kinds = (kinds - {"price", "name", "rating"}) | {"picture"}
    elif tag in {"button", "input"}:
        kinds = (kinds & {"sku"}) | {"button"}
    return frozenset(kinds)

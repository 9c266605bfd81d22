"""What a page says of itself in `<meta>`: OpenGraph, product properties of Facebook and Pinterest, Twitter's labels."""

from __future__ import annotations

from ecomscraper.pages.availability import read_availability
from ecomscraper.pages.currencies import read_currency
from ecomscraper.pages.document import Document
from ecomscraper.pages.product_fields import (
    Candidate,
    ProductFields,
    count_of,
    gtin_of,
    price_of,
    rating_of,
    sku_of,
    text_of,
    url_of,
)

Properties = dict[str, str]

_PRICES = ("product:sale_price:amount", "product:price:amount", "og:price:amount", "product:price", "og:price")
_REGULAR = ("product:original_price:amount", "og:price:standard_amount", "product:price:standard_amount")
_CURRENCIES = ("product:price:currency", "og:price:currency", "product:sale_price:currency", "og:currency")
_GTINS = ("product:ean", "product:gtin", "product:upc", "og:upc", "og:ean", "product:isbn", "og:isbn")


def open_graph(document: Document) -> Properties:
    """Property in lower case → its first content that is not blank. `name` counts as `property`, as shops mix them."
    "Property in lower case → its first content that is not blank. `name` counts as `property`, as shops mix them."""
    found: Properties = {}
    for meta in document.tree.iter("meta"):
        name, content = meta.get("property") or meta.get("name"), meta.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), content)
    return found


def is_product(properties: Properties) -> bool:
    """Whether the page says that it is about one product."""
    return properties.get("og:type", "").lower() in {"product", "og:product", "product.item", "book"}


def read_open_graph(properties: Properties, base_url: str) -> Candidate | None:
    """The page's product, if the page has a price or says it is about a product."""
    currency = read_currency(_first(properties, _CURRENCIES))
    price = price_of(_first(properties, _PRICES) or _labelled(properties, "price"), currency)
    if price is None and not is_product(properties):
        return None
    listed = price_of(properties.get("product:price:amount"), currency)
    regular = price_of(_first(properties, _REGULAR), currency) or listed
    availability = _first(properties, ("product:availability", "og:availability")) or _labelled(
        properties, "availability"
    )
    fields = ProductFields(
        url=url_of(properties.get("og:url"), base_url),
        name=text_of(properties.get("og:title") or properties.get("twitter:title")),
        price=price.amount if price else None,
        regular_price=regular.amount if regular and price and regular.amount > price.amount else None,
        currency=(price.currency if price else None) or currency,
        availability=read_availability(availability),
        sku=sku_of(
            _first(properties, ("product:retailer_item_id", "product:sku", "og:sku", "product:retailer_part_no"))
        ),
        brand=text_of(_first(properties, ("product:brand", "og:brand"))),
        gtin=next(filter(None, (gtin_of(properties.get(name)) for name in _GTINS)), None),
        image_url=url_of(
            _first(properties, ("og:image:secure_url", "og:image", "og:image:url", "twitter:image")), base_url
        ),
        rating=rating_of(_first(properties, ("og:rating", "product:rating")), properties.get("og:rating_scale")),
        review_count=count_of(properties.get("og:rating_count")),
        description=text_of(properties.get("og:description")),
    )
    return Candidate("opengraph", fields)


def _first(properties: Properties, names: tuple[str, ...]) -> str | None:
    return next((properties[name] for name in names if name in properties), None)


def _labelled(properties: Properties, label: str) -> str | None:
    """`twitter:label1` is "Price" and `twitter:data1` the price."""
    for number in "12":
        if properties.get(f"twitter:label{number}", "").strip().lower().startswith(label):
            return properties.get(f"twitter:data{number}")
    return None

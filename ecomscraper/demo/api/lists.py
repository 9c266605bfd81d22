"""The ways in which other shops page their own APIs: by offset, by cursor, by the `Link` header."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.api.question import OutOfRangeError, Question, json_answer
from ecomscraper.demo.goods import DemoProduct

OFFSET_PATH = "/api/items"
CURSOR_PATH = "/api/cursor"
LINKED_PATH = "/api/linked"
_LIMIT, _MOST = 50, 100
_CURSOR = "place:"


def offset_answer(question: Question) -> Answer:
    """`?offset=0&limit=50`: items and their total; amounts are JSON numbers."""
    try:
        offset = question.integer("offset", 0, 0)
        limit = question.integer("limit", _LIMIT, 1, _MOST)
    except OutOfRangeError as error:
        return _refused(error)
    items = [flat_product(question, product) for product in question.shelf.part(offset, limit)]
    return json_answer({"items": items, "total": question.shelf.catalogue.total, "offset": offset, "limit": limit})


def cursor_answer(question: Question) -> Answer:
    """`?after=CURSOR&limit=50`: data, and the cursor of what follows, which is null at the end; no total."""
    try:
        limit = question.integer("limit", _LIMIT, 1, _MOST)
        first = _place_of(question.query.get("after", ""))
    except OutOfRangeError as error:
        return _refused(error)
    except ValueError:
        return json_answer({"error": "after is not a cursor of this list"}, 400)
    products = question.shelf.part(first, limit)
    ends = first + limit >= question.shelf.catalogue.total
    data = [_node(question, product) for product in products]
    return json_answer({"data": data, "next": None if ends else _cursor_to(first + limit)})


def linked_answer(question: Question) -> Answer:
    """`?page=N&per_page=50`: a bare list; only the `Link` header says that there is more."""
    try:
        page = question.integer("page", 1, 1)
        per_page = question.integer("per_page", _LIMIT, 1, _MOST)
    except OutOfRangeError as error:
        return _refused(error)
    pages = -(-question.shelf.catalogue.total // per_page)
    items = [flat_product(question, product) for product in question.shelf.part((page - 1) * per_page, per_page)]
    return json_answer(items, headers=question.links_to(page, pages))


def _refused(error: OutOfRangeError) -> Answer:
    return json_answer({"error": str(error)}, 400)


def flat_product(question: Question, product: DemoProduct) -> dict[str, Any]:
    """A product as one flat object."""
    return {
        "id": product.number,
        "name": product.name,
        "url": question.product_url(product),
        "price": float(product.price),
        "list_price": float(product.regular_price),
        "currency": product.currency,
        "in_stock": product.in_stock,
        "sku": product.sku,
        "brand": product.brand,
        "gtin": product.gtin,
        "image": question.image_url(product),
        "rating": None if product.rating is None else float(product.rating),
        "review_count": product.review_count,
        "description": product.description,
    }


def _node(question: Question, product: DemoProduct) -> dict[str, Any]:
    """A product whose values lie deeper."""
    rated = product.rating is not None
    return {
        "type": "product",
        "id": product.sku,
        "attributes": {
            "title": product.name,
            "brand": {"name": product.brand},
            "ean": product.gtin,
            "pricing": {
                "current": {"amount": str(product.price), "currency": product.currency},
                "list": {"amount": str(product.regular_price), "currency": product.currency},
            },
            "availability": "in_stock" if product.in_stock else "out_of_stock",
            "reviews": {"average": str(product.rating), "count": product.review_count} if rated else None,
            "media": [{"type": "image", "href": question.image_url(product)}],
            "text": product.description,
        },
        "links": {"self": question.product_url(product)},
    }


def _cursor_to(place: int) -> str:
    return base64.urlsafe_b64encode(f"{_CURSOR}{place}".encode()).decode()


def _place_of(cursor: str) -> int:
    """The place in the listing. Raises ValueError if the cursor is none of ours."""
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError(cursor) from error
    name, _, place = text.partition(":")
    if f"{name}:" != _CURSOR or not place.isdecimal():
        raise ValueError(cursor)
    return int(place)

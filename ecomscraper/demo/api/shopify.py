"""Shopify's product feed: `/products.json`, at most 250 products a page, until an empty array ends it.

Amounts are strings with a point, without a currency; the old price is null where there is none.
"""

from __future__ import annotations

from typing import Any

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.api.question import OutOfRangeError, Question, json_answer
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import typed_html

PATH = "/products.json"
_LIMIT, _MOST = 30, 250


def products_answer(question: Question) -> Answer:
    """`?limit=L&page=N`: a limit of more than 250 is taken for 250; 400 where either is no number from 1 on."""
    try:
        limit = min(question.integer("limit", _LIMIT, 1), _MOST)
        page = question.integer("page", 1, 1)
    except OutOfRangeError as error:
        return json_answer({"errors": {error.parameter: [str(error)]}}, 400)
    products = question.shelf.part((page - 1) * limit, limit)
    return json_answer({"products": [_product(question, product) for product in products]})


def product_data(product: DemoProduct) -> dict[str, Any]:
    """Identity of a product, the same wherever the platform shows it."""
    return {"id": 7_000_000_000_000 + product.number, "handle": product.slug, "vendor": product.brand}


def _product(question: Question, product: DemoProduct) -> dict[str, Any]:
    catalogue = question.shelf.catalogue
    data, touched = product_data(product), f"{catalogue.last_changed(product)}T09:30:00-04:00"
    on_sale = product.on_sale
    return {
        "id": data["id"],
        "title": product.typed_name,
        "handle": data["handle"],
        "body_html": f"<p>{typed_html(product.description)}</p>",
        "published_at": touched,
        "created_at": touched,
        "updated_at": touched,
        "vendor": data["vendor"],
        "product_type": catalogue.categories_of(product)[0].name,
        "tags": [category.slug for category in catalogue.categories_of(product)],
        "variants": [
            {
                "id": data["id"] + 40_000_000_000_000,
                "title": "Default Title",
                "option1": "Default Title",
                "option2": None,
                "option3": None,
                "sku": product.sku,
                "requires_shipping": True,
                "taxable": True,
                "featured_image": None,
                "available": product.in_stock,
                "price": str(product.price),
                "grams": 0,
                "compare_at_price": str(product.regular_price) if on_sale else None,
                "position": 1,
                "product_id": data["id"],
                "created_at": touched,
                "updated_at": touched,
            }
        ],
        "images": [{"id": product.number, "position": 1, "src": question.image_url(product), "variant_ids": []}],
        "options": [{"name": "Title", "position": 1, "values": ["Default Title"]}],
    }

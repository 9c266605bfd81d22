"""WooCommerce's Store API: <https://developer.woocommerce.com/docs/apis/store-api/resources-endpoints/products/>.

Amounts are whole numbers in the currency's smallest unit, as strings; names are HTML; the total is in the headers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.api.question import OutOfRangeError, Question, json_answer
from ecomscraper.demo.categories import Category
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import typed_html
from ecomscraper.demo.themes.theme import Theme

PATH = "/wp-json/wc/store/v1/products"
_PER_PAGE, _MOST_PER_PAGE = 10, 100


def products_answer(question: Question) -> Answer:
    """`?page=N&per_page=M`: a list, which is empty beyond the end; 400 for a page of 0 or more than 100 products."""
    try:
        page = question.integer("page", 1, 1)
        per_page = question.integer("per_page", _PER_PAGE, 1, _MOST_PER_PAGE)
    except OutOfRangeError as error:
        return _invalid(error)
    total = question.shelf.catalogue.total
    pages = -(-total // per_page)
    products = question.shelf.part((page - 1) * per_page, per_page)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages), **question.links_to(page, pages)}
    return json_answer([_product(question, product) for product in products], headers=headers)


def _invalid(error: OutOfRangeError) -> Answer:
    body = {
        "code": "rest_invalid_param",
        "message": f"Invalid parameter(s): {error.parameter}",
        "data": {"status": 400, "params": {error.parameter: f"{error}"}, "details": {}},
    }
    return json_answer(body, 400)


def _product(question: Question, product: DemoProduct) -> dict[str, Any]:
    image = question.image_url(product)
    name = typed_html(product.typed_name)
    stock = ("In stock", "in-stock") if product.in_stock else ("Out of stock", "out-of-stock")
    return {
        "id": product.number,
        "name": name,
        "slug": product.slug,
        "parent": 0,
        "type": "simple",
        "variation": "",
        "permalink": question.product_url(product),
        "sku": product.sku,
        "short_description": "",
        "description": f"<p>{typed_html(product.description)}</p>\n",
        "on_sale": product.on_sale,
        "prices": _prices(product, question.shelf.site.theme),
        "average_rating": "0" if product.rating is None else str(product.rating),
        "review_count": product.review_count,
        "images": [{"id": 10_000 + product.number, "src": image, "thumbnail": image, "name": product.slug, "alt": ""}],
        "categories": [_category(question, category) for category in question.shelf.catalogue.categories_of(product)],
        "tags": [],
        "brands": [{"id": 0, "name": typed_html(product.brand), "slug": product.brand.lower()}],
        "attributes": [],
        "variations": [],
        "has_options": False,
        "is_purchasable": product.in_stock,
        "is_in_stock": product.in_stock,
        "is_on_backorder": False,
        "low_stock_remaining": None,
        "stock_availability": {"text": stock[0], "class": stock[1]},
        "sold_individually": False,
        "extensions": {},
    }


def _prices(product: DemoProduct, theme: Theme) -> dict[str, Any]:
    price, regular = (_minor_units(amount, theme) for amount in (product.price, product.regular_price))
    prefix, _, suffix = theme.printed.partition("{}")
    return {
        "price": price,
        "regular_price": regular,
        "sale_price": price,
        "price_range": None,
        "currency_code": product.currency,
        "currency_symbol": (prefix or suffix).strip(),
        "currency_minor_unit": theme.minor_digits,
        "currency_decimal_separator": theme.point,
        "currency_thousand_separator": theme.thousands,
        "currency_prefix": prefix,
        "currency_suffix": suffix,
    }


def _minor_units(amount: Decimal, theme: Theme) -> str:
    return str(int(amount.scaleb(theme.minor_digits)))


def _category(question: Question, category: Category) -> dict[str, Any]:
    link = question.origin + question.shelf.site.listing_path(category)
    return {"id": category.number, "name": category.name, "slug": category.slug, "link": link}

"""The page of one product: what a person reads, and the same once more as JSON-LD."""

from __future__ import annotations

import json
from typing import Any

from ecomscraper.demo.addresses import LISTING_PATH
from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import price_html, shop_document, typed_html


def product_document(product: DemoProduct, *, small: bool) -> Document:
    """The page at `product.path`."""
    name = typed_html(product.typed_name)
    main = (
        f'<nav class="woocommerce-breadcrumb"><a href="{LISTING_PATH}">Home</a> / {name}</nav>\n'
        f'<div id="product-{product.number}" class="product type-product post-{product.number}">\n'
        f'<img class="wp-post-image" src="{product.image}" alt="{name}">\n'
        f'<h1 class="product_title entry-title">{name}</h1>\n{_stars(product)}'
        f'<p class="price">{price_html(product)}</p>\n'
        '<div class="woocommerce-product-details__short-description">'
        f"<p>{typed_html(product.description)}</p></div>\n"
        f"{_stock(product)}"
        '<div class="product_meta">'
        f'<span class="sku_wrapper">SKU: <span class="sku">{product.sku}</span></span>\n'
        f'<span class="brand_wrapper">Brand: <span class="brand">{typed_html(product.brand)}</span></span>\n'
        f'<span class="gtin_wrapper">GTIN: <span class="gtin">{product.gtin}</span></span></div>\n</div>\n'
        f'<script type="application/ld+json">{_json_ld(product)}</script>\n'
    )
    return shop_document(name, main, body_class="single-product woocommerce", small=small)


def _stars(product: DemoProduct) -> str:
    if product.rating is None:
        return ""
    return (
        f'<div class="woocommerce-product-rating"><div class="star-rating" role="img">Rated '
        f'<strong class="rating">{product.rating}</strong> out of 5</div> '
        '<a href="#reviews" class="woocommerce-review-link">'
        f'(<span class="count">{product.review_count}</span> customer reviews)</a></div>\n'
    )


def _stock(product: DemoProduct) -> str:
    if not product.in_stock:
        return '<p class="stock out-of-stock">Out of stock</p>\n'
    return (
        '<p class="stock in-stock">In stock</p>\n'
        f'<form class="cart" action="{product.path}" method="post"><button type="submit" name="add-to-cart" '
        f'value="{product.number}" class="single_add_to_cart_button button">Add to cart</button></form>\n'
    )


def _json_ld(product: DemoProduct) -> str:
    """A schema.org graph, safe inside a script element."""
    availability = "InStock" if product.in_stock else "OutOfStock"
    offer = {
        "@type": "Offer",
        "price": str(product.price),
        "priceCurrency": product.currency,
        "availability": f"http://schema.org/{availability}",
        "url": product.path,
    }
    item: dict[str, Any] = {
        "@type": "Product",
        "@id": f"{product.path}#product",
        "name": product.name,
        "url": product.path,
        "description": product.description,
        "image": product.image,
        "sku": product.sku,
        "gtin13": product.gtin,
        "brand": {"@type": "Brand", "name": product.brand},
        "offers": [offer],
    }
    if product.rating is not None:
        item["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(product.rating),
            "reviewCount": product.review_count,
        }
    home = {"@type": "ListItem", "position": 1, "item": {"name": "Home", "@id": LISTING_PATH}}
    here = {"@type": "ListItem", "position": 2, "item": {"name": product.name, "@id": product.path}}
    trail = {"@type": "BreadcrumbList", "itemListElement": [home, here]}
    graph = {"@context": "https://schema.org/", "@graph": [trail, item]}
    return json.dumps(graph).replace("<", "\\u003c")

"""A Shopify theme for Canada: cards with hidden sale prices, amounts in cents in scripts, and a ProductGroup."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ecomscraper.demo.api.shopify import product_data
from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed, json_ld, json_script, script_json
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site


def listing(view: ListingView) -> Document:
    """One page of cards, and what the shop's analytics are told of them."""
    site, heading = view.site, typed_html(view.heading)
    products = view.products
    cards = "".join(_card(site, product) for product in products)
    main = (
        f'<main id="MainContent" class="content-for-layout">\n<h1 class="collection-hero__title">{heading}</h1>\n'
        f'<p class="product-count light"><span id="ProductCount">{view.total} products</span></p>\n'
        f'<ul id="product-grid" class="grid product-grid grid--2-col-tablet-down">\n{cards}</ul>\n'
        f"{_pager(view)}</main>\n"
        + _analytics({"products": [_tracked(product) for product in products], "page": {"pageType": "collection"}})
    )
    title = heading if view.page == 1 else f"{heading} &ndash; Page {view.page}"
    return framed(site.theme, title, _header(site) + main)


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    name = typed_html(product.typed_name)
    main = (
        '<main id="MainContent">\n<section class="product">\n<div class="product__media">'
        f'<img src="{product.image}" alt="{name}"></div>\n<div class="product__info-wrapper">\n'
        f'<p class="product__text caption-with-letter-spacing">{typed_html(product.brand)}</p>\n'
        f'<div class="product__title"><h1>{name}</h1></div>\n{_price(site, product)}'
        f'<div class="product__description rte"><p>{typed_html(product.description)}</p></div>\n{_form(product)}'
        "</div>\n</section>\n</main>\n"
        + json_script(_own_data(product), 'type="application/json" id="ProductJson" data-product-json')
        + json_ld(_group(site, product))
        + _analytics({"product": _tracked(product), "page": {"pageType": "product"}})
    )
    head = f'<link rel="canonical" href="{site.product_path(product)}">\n'
    return framed(site.theme, name, _header(site) + main, head=head)


def _header(site: Site) -> str:
    entries = "".join(
        f'<li><a href="{path}" class="header__menu-item list-menu__item">{name}</a></li>\n' for path, name in menu(site)
    )
    return (
        f'<header class="header"><a href="{site.home_path}" class="header__heading-link">{SHOP_NAME}</a>\n'
        f'<nav class="header__inline-menu"><ul class="list-menu">\n{entries}</ul></nav></header>\n'
    )


def _card(site: Site, product: DemoProduct) -> str:
    badge = ""
    if not product.in_stock:
        badge = '<div class="card__badge"><span class="badge">Sold out</span></div>\n'
    elif product.on_sale:
        badge = '<div class="card__badge"><span class="badge">Sale</span></div>\n'
    name, heading = typed_html(product.typed_name), f"title-{product_data(product)['id']}"
    return (
        f'<li class="grid__item"><div class="card-wrapper product-card-wrapper" data-product-id="{product.number}">\n'
        f'<div class="card__media"><img src="{product.image}" alt="{name}"></div>\n<div class="card__content">'
        f'<h3 class="card__heading" id="{heading}"><a href="{site.product_path(product)}" class="full-unstyled-link">'
        f'\n{name}\n</a></h3>\n{badge}<div class="card-information"><span class="caption">'
        f"{typed_html(product.brand)}</span>\n{_price(site, product)}</div></div></div></li>\n"
    )


def _price(site: Site, product: DemoProduct) -> str:
    """Both forms are always there, as in the real theme, where styles hide the one that does not apply."""
    price, regular = (site.theme.printed_amount(amount) for amount in (product.price, product.regular_price))
    on_sale = " price--on-sale" if product.on_sale else ""
    sold_out = "" if product.in_stock else " price--sold-out"
    old = f'<s class="price-item price-item--regular">{regular if product.on_sale else ""}</s>'
    return (
        f'<div class="price{on_sale}{sold_out}"><div class="price__container"><div class="price__regular">'
        '<span class="visually-hidden">Regular price</span>'
        f'<span class="price-item price-item--regular">{price}</span></div>\n<div class="price__sale">'
        f'<span class="visually-hidden">Regular price</span>{old}<span class="visually-hidden">Sale price</span>'
        f'<span class="price-item price-item--sale price-item--last">{price}</span></div></div></div>\n'
    )


def _form(product: DemoProduct) -> str:
    state, text = ("", "Add to cart") if product.in_stock else (" disabled", "Sold out")
    return (
        '<form method="post" action="/cart/add"><button type="submit" name="add"'
        f' class="product-form__submit button"{state}><span>{text}</span></button></form>\n'
    )


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _variant(product: DemoProduct) -> dict[str, Any]:
    """The only variant, as every script of the platform begins it."""
    identity = product_data(product)["id"] + 40_000_000_000_000
    return {"id": identity, "price": _cents(product.price), "sku": product.sku, "public_title": None}


def _tracked(product: DemoProduct) -> dict[str, Any]:
    data = product_data(product)
    name = product.typed_name
    gid = f"gid://shopify/Product/{data['id']}"
    return {**data, "gid": gid, "type": "", "variants": [{**_variant(product), "name": name}], "remote": False}


def _analytics(meta: dict[str, Any]) -> str:
    copied = "for (var attr in meta) {\n  window.ShopifyAnalytics[attr] = meta[attr];\n}"
    return f"<script>window.ShopifyAnalytics = {{}};\nvar meta = {script_json(meta)};\n{copied}</script>\n"


def _own_data(product: DemoProduct) -> dict[str, Any]:
    old = _cents(product.regular_price) if product.on_sale else None
    more = {
        "title": "Default Title",
        "available": product.in_stock,
        "name": product.typed_name,
        "compare_at_price": old,
        "barcode": product.gtin,
    }
    return {
        **product_data(product),
        "title": product.typed_name,
        "description": f"<p>{typed_html(product.description)}</p>",
        "price": _cents(product.price),
        "price_min": _cents(product.price),
        "price_max": _cents(product.price),
        "available": product.in_stock,
        "compare_at_price": old,
        "variants": [{**_variant(product), **more}],
        "images": [product.image],
        "featured_image": product.image,
        "options": ["Title"],
    }


def _group(site: Site, product: DemoProduct) -> dict[str, Any]:
    """Structured data in the shape of a group, whose only variant carries the offer."""
    path = site.product_path(product)
    availability = "InStock" if product.in_stock else "OutOfStock"
    variant = {
        "@type": "Product",
        "@id": f"{path}?variant={_variant(product)['id']}#variant",
        "name": f"{product.name} - Default Title",
        "sku": product.sku,
        "gtin": product.gtin,
        "image": product.image,
        "offers": {
            "@type": "Offer",
            "@id": f"{path}?variant={_variant(product)['id']}#offer",
            "availability": f"http://schema.org/{availability}",
            "price": str(product.price),
            "priceCurrency": product.currency,
            "url": f"{path}?variant={_variant(product)['id']}",
        },
    }
    return {
        "@context": "http://schema.org/",
        "@type": "ProductGroup",
        "@id": f"{path}#product",
        "name": product.name,
        "url": path,
        "productGroupID": str(product_data(product)["id"]),
        "brand": {"@type": "Brand", "name": product.brand},
        "category": "",
        "description": product.description,
        "hasVariant": [variant],
    }


def _pager(view: ListingView) -> str:
    def step(path: str | None, label: str) -> str:
        """The real theme calls the step to the next page `--prev` too."""
        if path is None:
            return ""
        arrow = "pagination__item pagination__item--prev pagination__item-arrow link motion-reduce"
        return f'<li><a href="{path}" class="{arrow}" aria-label="{label}"></a></li>\n'

    def item(number: int) -> str:
        if number == view.page:
            return f'<li><a role="link" aria-disabled="true" class="pagination__item--current">{number}</a></li>\n'
        return f'<li><a href="{view.path_of(number)}" class="pagination__item link">{number}</a></li>\n'

    if not view.numbers:
        return ""
    items = step(view.previous_path, "Previous page") + "".join(map(item, view.numbers))
    items += step(view.next_path, "Next page")
    return (
        f'<nav class="pagination" role="navigation"><ul class="pagination__list list-unstyled">\n{items}</ul></nav>\n'
    )

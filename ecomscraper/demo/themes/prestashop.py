"""PrestaShop's classic theme in French: microdata around the product, and its data in an attribute."""

from __future__ import annotations

import json

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site


def listing(view: ListingView) -> Document:
    """One page of miniatures."""
    site, heading = view.site, typed_html(view.heading)
    cards = "".join(_miniature(site, product) for product in view.products)
    main = (
        f'<section id="main">\n<h1 class="h1">{heading}</h1>\n'
        f'<div class="total-products"><p>Il y a {view.total} produits.</p></div>\n'
        f'<div class="products row">\n{cards}</div>\n{_pager(view)}</section>\n'
    )
    title = heading if view.page == 1 else f"{heading} - Page {view.page}"
    return framed(site.theme, title, _header(site) + f"<main>\n{main}</main>\n", body_attributes='id="category"')


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    name = typed_html(product.typed_name)
    main = (
        '<main>\n<section id="main" itemscope itemtype="https://schema.org/Product">\n'
        f'<meta itemprop="url" content="{site.product_path(product)}">\n'
        f'<meta itemprop="gtin13" content="{product.gtin}">\n'
        f'<div class="product-cover"><img class="js-qv-product-cover" src="{product.image}" alt="{name}"'
        ' itemprop="image"></div>\n'
        f'<h1 class="h1" itemprop="name">{name}</h1>\n{_prices(site, product)}'
        f'<div id="product-description-short-{product.number}" itemprop="description">'
        f"<p>{typed_html(product.description)}</p></div>\n"
        '<div class="product-manufacturer" itemprop="brand" itemscope itemtype="https://schema.org/Brand">'
        f'<label>Marque</label> <span itemprop="name">{typed_html(product.brand)}</span></div>\n'
        f'<div class="product-reference"><label>Référence </label> <span itemprop="sku">{product.sku}</span></div>\n'
        f'{_rating(product)}<div class="tab-pane" id="product-details" data-product="{_data(site, product)}"></div>\n'
        "</section>\n</main>\n"
    )
    return framed(site.theme, name, _header(site) + main, body_attributes='id="product"')


def _header(site: Site) -> str:
    entries = "".join(
        f'<li class="category"><a class="dropdown-item" href="{path}" data-depth="0">{name}</a></li>\n'
        for path, name in menu(site)
    )
    return (
        f'<header id="header"><a id="_desktop_logo" href="{site.home_path}">{SHOP_NAME}</a>\n'
        f'<div class="menu" id="_desktop_top_menu"><ul class="top-menu" id="top-menu">\n{entries}</ul></div></header>\n'
    )


def _miniature(site: Site, product: DemoProduct) -> str:
    name, path = typed_html(product.typed_name), site.product_path(product)
    regular = ""
    if product.on_sale:
        saved = 1 - product.price / product.regular_price
        regular = (
            '<span class="sr-only">Prix de base</span><span class="regular-price">'
            f"{site.theme.printed_amount(product.regular_price)}</span>"
            f'<span class="discount-percentage discount-product">-{saved:.0%}</span>'
        )
    return (
        f'<article class="product-miniature js-product-miniature" data-id-product="{product.number}">'
        f'<div class="thumbnail-container">\n<a href="{path}" class="thumbnail product-thumbnail">'
        f'<img src="{product.image}" alt="{name}" data-full-size-image-url="{product.image}"></a>\n'
        f'<div class="product-description"><h2 class="h3 product-title"><a href="{path}">{name}</a></h2>\n'
        f'<div class="product-price-and-shipping">{regular}<span class="sr-only">Prix</span>'
        f'<span class="price">{site.theme.printed_amount(product.price)}</span></div></div>\n</div></article>\n'
    )


def _prices(site: Site, product: DemoProduct) -> str:
    discount, regular = "", ""
    if product.on_sale:
        discount = " has-discount"
        regular = (
            '<div class="product-discount"><span class="regular-price">'
            f"{site.theme.printed_amount(product.regular_price)}</span></div>\n"
        )
    term, text = ("InStock", "En stock") if product.in_stock else ("OutOfStock", "Rupture de stock")
    return (
        f'<div class="product-prices">\n{regular}<div class="product-price h5{discount}" itemprop="offers" itemscope'
        f' itemtype="https://schema.org/Offer"><link itemprop="availability" href="https://schema.org/{term}">'
        f'<meta itemprop="priceCurrency" content="{product.currency}"><div class="current-price">'
        f'<span itemprop="price" content="{product.price}">{site.theme.printed_amount(product.price)}</span>'
        "</div></div>\n"
        f'<div class="tax-shipping-delivery-label">TTC</div>\n</div>\n<span id="product-availability">{text}</span>\n'
    )


def _rating(product: DemoProduct) -> str:
    if product.rating is None:
        return ""
    return (
        '<div class="comments_note" itemprop="aggregateRating" itemscope'
        f' itemtype="https://schema.org/AggregateRating"><span itemprop="ratingValue">{product.rating}</span> / '
        '<span itemprop="bestRating">5</span> '
        f'(<span itemprop="reviewCount">{product.review_count}</span> avis)</div>\n'
    )


def _data(site: Site, product: DemoProduct) -> str:
    data = {
        "id_product": product.number,
        "name": product.typed_name,
        "reference": product.sku,
        "ean13": product.gtin,
        "price": site.theme.printed_amount(product.price),
        "price_amount": float(product.price),
        "regular_price_amount": float(product.regular_price),
        "quantity": 10 if product.in_stock else 0,
        "availability": "available" if product.in_stock else "unavailable",
        "link": site.product_path(product),
    }
    return json.dumps(data).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _pager(view: ListingView) -> str:
    def step(path: str | None, name: str, label: str, relation: str) -> str:
        if path is None:
            return ""
        return f'<li><a rel="{relation}" href="{path}" class="{name} js-search-link">{label}</a></li>\n'

    def number_item(number: int) -> str:
        if number == view.page:
            return f'<li class="current"><a rel="nofollow" href="{view.path}" class="disabled">{number}</a></li>\n'
        return f'<li><a rel="nofollow" href="{view.path_of(number)}" class="js-search-link">{number}</a></li>\n'

    shown = f'<div class="col-md-4">Affichage {view.first}-{view.last} de {view.total} article(s)</div>\n'
    if not view.numbers:
        return f'<nav class="pagination">{shown}</nav>\n'
    items = step(view.previous_path, "previous", "Précédent", "prev")
    items += "".join(map(number_item, view.numbers)) + step(view.next_path, "next", "Suivant", "next")
    return f'<nav class="pagination">\n{shown}<ul class="page-list clearfix text-sm-center">\n{items}</ul></nav>\n'

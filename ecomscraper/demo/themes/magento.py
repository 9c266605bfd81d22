"""Magento 2 with its own theme, in German: price boxes with labels and raw amounts, microdata on the body."""

from __future__ import annotations

from decimal import Decimal

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site


def listing(view: ListingView) -> Document:
    """One page of items."""
    site, heading = view.site, typed_html(view.heading)
    items = "".join(_item(site, product) for product in view.products)
    bar = f'<div class="toolbar toolbar-products">\n{_amount(view)}{_pager(view)}</div>\n'
    main = (
        f'<main id="maincontent" class="page-main">\n<h1 class="page-title"><span class="base">{heading}</span></h1>\n'
        f'{bar}<div class="products wrapper grid products-grid">\n<ol class="products list items product-items">\n'
        f"{items}</ol>\n</div>\n{bar}</main>\n"
    )
    title = heading if view.page == 1 else f"{heading} - Seite {view.page}"
    return framed(
        site.theme, title, _header(site) + main, body_attributes='class="catalog-category-view page-products"'
    )


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    name = typed_html(product.typed_name)
    main = (
        '<main id="maincontent" class="page-main">\n<div class="product media"><img class="gallery-placeholder__image"'
        f' alt="main product photo" src="{product.image}" itemprop="image"></div>\n<div class="product-info-main">\n'
        '<h1 class="page-title"><span class="base" data-ui-id="page-title-wrapper" itemprop="name">'
        f"{name}</span></h1>\n"
        f"{_reviews(product)}{_offer(site, product)}"
        '<div class="product attribute sku"><strong class="type">Artikelnummer</strong>'
        f'<div class="value" itemprop="sku">{product.sku}</div></div>\n</div>\n'
        '<div class="product attribute description"><div class="value" itemprop="description">'
        f"<p>{typed_html(product.description)}</p></div></div>\n</main>\n"
    )
    microdata = 'class="catalog-product-view" itemtype="http://schema.org/Product" itemscope="itemscope"'
    return framed(site.theme, name, _header(site) + main, body_attributes=microdata)


def _header(site: Site) -> str:
    entries = "".join(
        f'<li class="level0 category-item level-top ui-menu-item"><a href="{path}" class="level-top">'
        f"<span>{name}</span></a></li>\n"
        for path, name in menu(site)
    )
    return (
        f'<header class="page-header"><a class="logo" href="{site.home_path}">{SHOP_NAME}</a>\n'
        '<div class="minicart-wrapper"><a class="action showcart" href="#"><span class="text">Mein Warenkorb</span>'
        f' <span class="price">{site.theme.printed_amount(Decimal("0.00"))}</span></a></div>\n'
        f'<nav class="navigation"><ul>\n{entries}</ul></nav></header>\n'
    )


def _item(site: Site, product: DemoProduct) -> str:
    name, path = typed_html(product.typed_name), site.product_path(product)
    buy = (
        '<button type="submit" class="action tocart primary"><span>In den Warenkorb</span></button>'
        if product.in_stock
        else '<div class="stock unavailable"><span>Nicht auf Lager</span></div>'
    )
    return (
        '<li class="item product product-item"><div class="product-item-info" data-container="product-grid">\n'
        f'<a href="{path}" class="product photo product-item-photo" tabindex="-1">'
        f'<img class="product-image-photo" src="{product.image}" loading="lazy" alt="{name}"></a>\n'
        '<div class="product details product-item-details"><strong class="product name product-item-name">'
        f'<a class="product-item-link" href="{path}">\n    {name}</a></strong>\n'
        f'{_price_box(site, product)}<div class="product-item-actions">{buy}</div></div></div></li>\n'
    )


def _price_box(site: Site, product: DemoProduct) -> str:
    def amount(value: Decimal, kind: str, label: str, wrapper: str = "") -> str:
        labelled = f'<span class="price-label">{label}</span>\n' if label else ""
        return (
            f'<span class="price-container price-final_price tax weee"{wrapper}>{labelled}'
            f'<span id="{kind}-{product.number}" data-price-amount="{value}" data-price-type="{kind}"'
            f' class="price-wrapper"><span class="price">{site.theme.printed_amount(value)}</span></span></span>'
        )

    if product.on_sale:
        prices = (
            f'<span class="special-price">{amount(product.price, "finalPrice", "Sonderpreis")}</span>\n'
            f'<span class="old-price">{amount(product.regular_price, "oldPrice", "Regulärer Preis")}</span>\n'
        )
    else:
        prices = amount(product.price, "finalPrice", "")
    return (
        f'<div class="price-box price-final_price" data-role="priceBox" data-product-id="{product.number}">{prices}'
        '</div>\n<div class="price-details">inkl. 19% MwSt., zzgl. Versandkosten</div>\n'
    )


def _offer(site: Site, product: DemoProduct) -> str:
    state, text, term = ("available", "Auf Lager", "InStock")
    if not product.in_stock:
        state, text, term = ("unavailable", "Nicht auf Lager", "OutOfStock")
    return (
        '<div class="product-info-price" itemprop="offers" itemscope itemtype="http://schema.org/Offer">\n'
        f'{_price_box(site, product)}<meta itemprop="price" content="{product.price}">\n'
        f'<meta itemprop="priceCurrency" content="{product.currency}">\n'
        f'<link itemprop="availability" href="http://schema.org/{term}">\n'
        f'<div class="stock {state}" title="Verfügbarkeit"><span>{text}</span></div>\n</div>\n'
    )


def _reviews(product: DemoProduct) -> str:
    if product.rating is None:
        return ""
    return (
        '<div class="product-reviews-summary" itemprop="aggregateRating" itemscope'
        ' itemtype="http://schema.org/AggregateRating"><div class="rating-result"'
        f' title="{product.rating * 20:.0f}%"><meta itemprop="ratingValue" content="{product.rating}">'
        '<meta itemprop="bestRating" content="5"></div>'
        f'<a class="action view" href="#reviews"><span itemprop="reviewCount">{product.review_count}</span>'
        " Bewertungen</a></div>\n"
    )


def _amount(view: ListingView) -> str:
    def number(value: int) -> str:
        return f'<span class="toolbar-number">{value}</span>'

    return f'<p class="toolbar-amount">Artikel {number(view.first)}-{number(view.last)} von {number(view.total)}</p>\n'


def _pager(view: ListingView) -> str:
    def link(path: str, text: str) -> str:
        label = '<span class="label">Seite</span>'
        return f'<li class="item"><a href="{path}" class="page">{label}<span>{text}</span></a></li>\n'

    def step(path: str | None, name: str, label: str) -> str:
        if path is None:
            return ""
        return (
            f'<li class="item pages-item-{name}"><a class="action {name}" href="{path}" title="{label}">'
            f'<span class="label">Seite</span><span>{label}</span></a></li>\n'
        )

    current = (
        f'<li class="item current"><strong class="page"><span class="label">Sie lesen gerade Seite</span>'
        f"<span>{view.page}</span></strong></li>\n"
    )
    if not view.numbers:
        return ""
    items = "".join(
        current if number == view.page else link(view.path_of(number), str(number)) for number in view.numbers
    )
    steps = step(view.previous_path, "previous", "Zurück"), step(view.next_path, "next", "Weiter")
    return f'<div class="pages"><ul class="items pages-items">\n{steps[0]}{items}{steps[1]}</ul></div>\n'

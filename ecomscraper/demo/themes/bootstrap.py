"""Bootstrap cards in English: long names are cut in the card's text, page 1 is numbered, data is a list of JSON-LD."""

from __future__ import annotations

from typing import Any

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed, json_ld
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site

_LONGEST = 18  # letters of a name in a card


def listing(view: ListingView) -> Document:
    """One page of cards."""
    site = view.site
    cards = "".join(_card(site, product) for product in view.products)
    heading = typed_html(view.heading)
    main = (
        f'<main class="col-lg-9">\n<h1 class="page-header">{heading}</h1>\n'
        f'<p class="text-muted small" id="count">{view.first} to {view.last} of {view.total} items</p>\n'
        f'<div class="row">\n{cards}</div>\n{_pager(view)}</main>\n'
    )
    title = heading if view.page == 1 else f"{heading} | Page {view.page}"
    return framed(site.theme, title, _navigation(site) + main)


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    name = typed_html(product.typed_name)
    stock = "In stock" if product.in_stock else "Sold out"
    main = (
        f'<main class="container">\n<div class="card" id="product">\n<img class="img-fluid" src="{product.image}"'
        f' alt="{name}">\n<div class="card-body">\n<h4 class="price">{_price(site, product)}</h4>\n'
        f'<h1 class="title h3">{name}</h1>\n<p class="description">{typed_html(product.description)}</p>\n'
        f'<p><span class="badge text-bg-secondary">{stock}</span></p>\n</div>\n{_ratings(product)}</div>\n</main>\n'
    )
    return framed(site.theme, name, _navigation(site) + main, head=json_ld(_data(site, product)))


def _navigation(site: Site) -> str:
    links = "".join(
        f'<li class="nav-item"><a class="nav-link category-link" href="{path}">{name}</a></li>\n'
        for path, name in menu(site)
    )
    brand = f'<a class="navbar-brand" href="{site.home_path}">{SHOP_NAME}</a>'
    return f'<nav class="navbar navbar-expand-lg">{brand}<ul class="navbar-nav" id="side-menu">\n{links}</ul></nav>\n'


def _card(site: Site, product: DemoProduct) -> str:
    name = typed_html(product.typed_name)
    cut = product.name if len(product.name) <= _LONGEST else f"{product.name[:_LONGEST]}..."
    return (
        '<div class="col-md-4 col-xl-4 col-lg-4"><div class="card thumbnail">\n<div class="product-wrapper card-body">'
        f'<img class="image img-fluid" src="{product.image}" alt="item">\n<div class="caption">'
        f'<h4 class="price float-end card-title">{_price(site, product)}</h4>\n'
        f'<h4><a href="{site.product_path(product)}" class="title" title="{name}">{typed_html(cut)}</a></h4>\n'
        f'<p class="description card-text">{typed_html(product.description)}</p></div>\n{_ratings(product)}</div>\n'
        "</div></div>\n"
    )


def _price(site: Site, product: DemoProduct) -> str:
    price = f"<span>{site.theme.printed_amount(product.price)}</span>"
    if not product.on_sale:
        return price
    return f'<s class="text-muted">{site.theme.printed_amount(product.regular_price)}</s> {price}'


def _ratings(product: DemoProduct) -> str:
    stars = f'<p data-rating="{product.rating}"></p>\n' if product.rating is not None else ""
    return f'<div class="ratings"><p class="review-count float-end">{product.review_count} reviews</p>\n{stars}</div>\n'


def _pager(view: ListingView) -> str:
    def item(path: str | None, label: str, state: str = "", relation: str = "") -> str:
        inner = f'<a class="page-link" href="{path}"{relation}>{label}</a>' if path else label
        return f'<li class="page-item{state}">{inner}</li>\n'

    def step(path: str | None, label: str, relation: str) -> str:
        if path is None:
            return item(None, f'<span class="page-link" aria-hidden="true">{label}</span>', " disabled")
        return item(path, label, relation=f' rel="{relation}" aria-label="{label}"')

    items, previous = [step(view.previous_path, "&lsaquo;", "prev")], 0
    for number in view.numbers:
        if number > previous + 1:
            items.append(item(None, '<span class="page-link">...</span>', " disabled"))
        previous = number
        if number == view.page:
            items.append(item(None, f'<span class="page-link">{number}</span>', " active"))
        else:
            items.append(item(view.site.page_path(number, view.category), str(number)))
    items.append(step(view.next_path, "&rsaquo;", "next"))
    return f'<nav><ul class="pagination">\n{"".join(items)}</ul></nav>\n' if view.numbers else ""


def _data(site: Site, product: DemoProduct) -> list[dict[str, Any]]:
    """A bare list of things, of which the second one is the product; the old price is in a specification."""
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": site.product_path(product),
        "price": float(product.price),
        "priceCurrency": product.currency,
        "availability": "https://schema.org/InStock" if product.in_stock else "https://schema.org/SoldOut",
        "itemCondition": "https://schema.org/NewCondition",
    }
    if product.on_sale:
        offer["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/ListPrice",
            "price": float(product.regular_price),
            "priceCurrency": product.currency,
        }
    item: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "image": [product.image],
        "description": product.description,
        "sku": product.sku,
        "gtin": product.gtin,
        "brand": product.brand,
        "offers": offer,
    }
    if product.rating is not None:
        item["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": float(product.rating),
            "bestRating": 5,
            "ratingCount": product.review_count,
            "reviewCount": product.review_count,
        }
    site_data = {"@context": "https://schema.org", "@type": "WebSite", "name": SHOP_NAME, "url": site.home_path}
    return [site_data, item]

"""A book shop's page in English: relative links, star words, one price, a table of facts, and no structured data."""

from __future__ import annotations

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site, relative

_STARS = ("Zero", "One", "Two", "Three", "Four", "Five")
_LONGEST = 22  # letters of a name in a card


def listing(view: ListingView) -> Document:
    """One page of pods."""
    site, heading = view.site, typed_html(view.heading)
    pods = "".join(
        f'<li class="col-xs-6 col-sm-4 col-md-3 col-lg-3">\n{_pod(site, product, view.path)}</li>\n'
        for product in view.products
    )
    main = (
        f'<main class="col-sm-8 col-md-9">\n<div class="page-header action"><h1>{heading}</h1></div>\n'
        f'<form method="get" class="form-horizontal"><strong>{view.total}</strong> results - showing'
        f" <strong>{view.first}</strong> to <strong>{view.last}</strong>.</form>\n"
        f'<section><ol class="row">\n{pods}</ol>\n{_pager(view)}</section>\n</main>\n'
    )
    return framed(
        site.theme, f"{heading} | Page {view.page}" if view.page > 1 else heading, _side(site, view.path, main)
    )


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    here, name = site.product_path(product), typed_html(product.typed_name)
    image = relative(product.image, here)
    price = site.theme.printed_amount(product.price)
    tax = site.theme.printed_amount(product.price - product.price)
    facts = {
        "UPC": product.sku,
        "Product Type": "Goods",
        "Price (excl. tax)": price,
        "Price (incl. tax)": price,
        "Tax": tax,
        "Availability": _availability(product),
        "Number of reviews": str(product.review_count),
    }
    rows = "".join(f"<tr><th>{label}</th><td>{value}</td></tr>\n" for label, value in facts.items())
    main = (
        f'<main class="content"><article class="product_page">\n<div class="row">\n<div id="product_gallery">'
        f'<div class="item active"><img src="{image}" alt="{name}"></div></div>\n'
        f'<div class="col-sm-6 product_main">\n<h1>{name}</h1>\n<p class="price_color">{price}</p>\n'
        f"{_stock(product)}{_stars(product)}</div>\n</div>\n"
        '<div id="product_description" class="sub-header"><h2>Product Description</h2></div>\n'
        f"<p>{typed_html(product.description)}</p>\n"
        '<div class="sub-header"><h2>Product Information</h2></div>\n'
        f'<table class="table table-striped">\n{rows}</table>\n</article></main>\n'
    )
    return framed(site.theme, name, _side(site, here, main))


def _side(site: Site, here: str, main: str) -> str:
    entries = "".join(f'<li><a href="{relative(path, here)}">\n{name}\n</a></li>\n' for path, name in menu(site))
    home = f'<a href="{relative(site.listing_path(), here)}">{SHOP_NAME}</a>'
    return (
        f'<header class="header container-fluid">{home}</header>\n<aside class="sidebar"><div class="side_categories">'
        f'<ul class="nav nav-list"><li><ul>\n{entries}</ul></li></ul></div></aside>\n{main}'
    )


def _pod(site: Site, product: DemoProduct, here: str) -> str:
    link, name = relative(site.product_path(product), here), typed_html(product.typed_name)
    cut = product.name if len(product.name) <= _LONGEST else f"{product.name[:_LONGEST]}..."
    return (
        f'<article class="product_pod">\n<div class="image_container"><a href="{link}">'
        f'<img src="{relative(product.image, here)}" alt="{name}" class="thumbnail"></a></div>\n{_stars(product)}'
        f'<h3><a href="{link}" title="{name}">{typed_html(cut)}</a></h3>\n<div class="product_price">\n'
        f'<p class="price_color">{site.theme.printed_amount(product.price)}</p>\n{_stock(product)}'
        '<form><button type="submit" class="btn btn-primary">Add to basket</button></form>\n</div>\n</article>\n'
    )


def _availability(product: DemoProduct) -> str:
    return f"In stock ({1 + product.number % 22} available)" if product.in_stock else "Out of stock"


def _stock(product: DemoProduct) -> str:
    state, icon = ("instock", "icon-ok") if product.in_stock else ("outofstock", "icon-remove")
    text = "In stock" if product.in_stock else "Out of stock"
    return f'<p class="{state} availability">\n<i class="{icon}"></i>\n\n    {text}\n\n</p>\n'


def _stars(product: DemoProduct) -> str:
    word = _STARS[0 if product.rating is None else round(product.rating)]
    return f'<p class="star-rating {word}"><i class="icon-star"></i></p>\n'


def _pager(view: ListingView) -> str:
    def link(name: str, path: str | None) -> str:
        return f'<li class="{name}"><a href="{relative(path, view.path)}">{name}</a></li>\n' if path else ""

    if not view.numbers:
        return ""
    current = f'<li class="current">\nPage {view.page} of {view.last_page}\n</li>\n'
    steps = link("previous", view.previous_path) + current + link("next", view.next_path)
    return f'<div><ul class="pager">\n{steps}</ul></div>\n'

"""A shop of plain HTML in Swedish: a table without classes, no total, a link to what follows, an AggregateOffer."""

from __future__ import annotations

from typing import Any

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed, json_ld
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site


def listing(view: ListingView) -> Document:
    """One page of the price list."""
    site, heading = view.site, typed_html(view.heading)
    rows = "".join(_row(site, product) for product in view.products)
    main = (
        f"<h1>{heading}</h1>\n<table>\n<thead><tr><th>Artikelnr</th><th>Vara</th><th>Pris</th><th>Lager</th></tr>"
        f"</thead>\n<tbody>\n{rows}</tbody>\n</table>\n{_pager(view)}"
    )
    title = heading if view.page == 1 else f"{heading}, sida {view.page}"
    return framed(site.theme, title, f"{_menu(site)}<main>\n{main}</main>\n")


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    name = typed_html(product.typed_name)
    main = (
        f'<h1>{name}</h1>\n<p><img src="{product.image}" alt=""></p>\n<p>{typed_html(product.description)}</p>\n<dl>\n'
        f"<dt>Pris</dt><dd>{site.theme.printed_amount(product.price)}</dd>\n<dt>Lager</dt><dd>{_stock(product)}</dd>\n"
        f"<dt>Artikelnr</dt><dd>{product.sku}</dd>\n</dl>\n"
    )
    return framed(site.theme, name, f"{_menu(site)}<main>\n{main}</main>\n", head=json_ld(_data(product)))


def _menu(site: Site) -> str:
    links = " |\n".join(f'<a href="{path}">{name}</a>' for path, name in menu(site))
    return f'<p><a href="{site.home_path}">{SHOP_NAME}</a></p>\n<p>{links}</p>\n'


def _row(site: Site, product: DemoProduct) -> str:
    link = f'<a href="{site.product_path(product)}">{typed_html(product.typed_name)}</a>'
    price = site.theme.printed_amount(product.price)
    return f"<tr><td>{product.sku}</td><td>{link}</td><td>{price}</td><td>{_stock(product)}</td></tr>\n"


def _stock(product: DemoProduct) -> str:
    return "I lager" if product.in_stock else "Slut i lager"


def _pager(view: ListingView) -> str:
    steps = ((view.previous_path, "prev", "Föregående sida"), (view.next_path, "next", "Nästa sida"))
    links = [f'<a href="{path}" rel="{relation}">{label}</a>' for path, relation, label in steps if path]
    return f"<p>{' '.join(links)}</p>\n" if links else ""


def _data(product: DemoProduct) -> dict[str, Any]:
    """A product of one offer, which the shop's software sums up as if there were many."""
    data: dict[str, Any] = {
        "@context": "http://schema.org",
        "@type": "Product",
        "name": product.name,
        "image": {"@type": "ImageObject", "url": product.image},
        "description": product.description,
        "sku": product.sku,
        "gtin13": product.gtin,
        "brand": {"@type": "Organization", "name": product.brand},
        "offers": {
            "@type": "AggregateOffer",
            "lowPrice": str(product.price),
            "highPrice": str(product.price),
            "priceCurrency": product.currency,
            "offerCount": 1,
            "availability": "InStock" if product.in_stock else "OutOfStock",
        },
    }
    if product.rating is not None:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(product.rating),
            "reviewCount": str(product.review_count),
        }
    return data

"""A shop built with Next.js for German Switzerland: generated class names, and all data once more for its scripts."""

from __future__ import annotations

from typing import Any

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed, json_script
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site

_BUILD = "q7Zt0nWcLx2_dEmoBuild"


def listing(view: ListingView) -> Document:
    """One page of cards, and its state."""
    site, heading, products = view.site, typed_html(view.heading), view.products
    cards = "".join(_card(site, product) for product in products)
    main = (
        f'<main class="Listing_main__Kd82s">\n<h1 class="Listing_heading__0pQ3z">{heading}</h1>\n'
        f'<p class="Listing_count__v1YbU">{view.total} Artikel</p>\n'
        f'<div class="ProductGrid_grid__x7Ab1">\n{cards}</div>\n{_pager(view)}</main>\n'
    )
    pagination = {"page": view.page, "pageCount": view.last_page, "total": view.total}
    state = {"products": [_state(site, product) for product in products], "pagination": pagination}
    return _page(site, heading if view.page == 1 else f"{heading} – Seite {view.page}", main, "/ecommerce", state)


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product: most of what is known of it is in its state alone."""
    name = typed_html(product.typed_name)
    main = (
        f'<main class="Product_main__b3X9a">\n<img class="Product_image__9sKfe" src="{product.image}" alt="{name}">\n'
        f'<h1 class="Product_title__hT4w0">{name}</h1>\n'
        f'<div class="Product_price__Zs81c">{_price(site, product)}</div>\n'
        f'<p class="Product_stock__mm20D">{_stock(product)}</p>\n</main>\n'
    )
    return _page(site, name, main, "/product/[slug]", {"product": _state(site, product)})


def _page(site: Site, title: str, main: str, route: str, props: dict[str, Any]) -> Document:
    links = "".join(f'<a class="Menu_link__Q0c1f" href="{path}">{name}</a>\n' for path, name in menu(site))
    header = (
        f'<header class="Header_root__1fGh2"><a class="Header_logo__mP5u3" href="{site.home_path}">{SHOP_NAME}</a>\n'
        f'<nav class="Menu_root__jW7eR">\n{links}</nav></header>\n'
    )
    data = {
        "props": {"pageProps": props, "__N_SSP": True},
        "page": route,
        "query": {},
        "buildId": _BUILD,
        "locale": site.theme.language,
    }
    state = json_script(data, 'id="__NEXT_DATA__" type="application/json"')
    return framed(site.theme, title, f'<div id="__next">{header}{main}</div>\n{state}')


def _state(site: Site, product: DemoProduct) -> dict[str, Any]:
    return {
        "id": f"p-{product.number}",
        "slug": product.slug,
        "url": site.product_path(product),
        "name": product.name,
        "price": {"amount": float(product.price), "currency": product.currency},
        "listPrice": {"amount": float(product.regular_price), "currency": product.currency},
        "inStock": product.in_stock,
        "sku": product.sku,
        "brand": {"name": product.brand},
        "gtin": product.gtin,
        "image": {"url": product.image, "alt": None},
        "rating": None if product.rating is None else {"value": float(product.rating), "count": product.review_count},
        "description": product.description,
    }


def _card(site: Site, product: DemoProduct) -> str:
    return (
        '<article class="ProductCard_card__3kQ2p">'
        f'<a class="ProductCard_link__1aBcD" href="{site.product_path(product)}">'
        f'<img class="ProductCard_image__Uu7hH" src="{product.image}" alt="">'
        f'<h2 class="ProductCard_title__Ra2Lx">{typed_html(product.typed_name)}</h2></a>\n'
        f'<div class="ProductCard_price__8vVn4">{_price(site, product)}</div>\n'
        f'<span class="ProductCard_stock__e6Yt1">{_stock(product)}</span></article>\n'
    )


def _price(site: Site, product: DemoProduct) -> str:
    price = f'<span class="Price_current__w2Qm0">{site.theme.printed_amount(product.price)}</span>'
    if not product.on_sale:
        return price
    return f'{price} <span class="Price_old__c5Rt9">statt {site.theme.printed_amount(product.regular_price)}</span>'


def _stock(product: DemoProduct) -> str:
    return "Sofort lieferbar" if product.in_stock else "Ausverkauft"


def _pager(view: ListingView) -> str:
    def step(path: str | None, label: str, sign: str) -> str:
        if path is None:
            return f'<button class="Pagination_step__kL0o2" disabled aria-label="{label}">{sign}</button>\n'
        return f'<a class="Pagination_step__kL0o2" href="{path}" aria-label="{label}">{sign}</a>\n'

    def item(number: int) -> str:
        if number == view.page:
            return f'<span class="Pagination_current__Xx31b" aria-current="page">{number}</span>\n'
        return f'<a class="Pagination_page__d9Ie7" href="{view.path_of(number)}">{number}</a>\n'

    if not view.numbers:
        return ""
    items = step(view.previous_path, "Vorherige Seite", "‹") + "".join(map(item, view.numbers))
    items += step(view.next_path, "Nächste Seite", "›")
    return f'<nav class="Pagination_root__tT8g6" aria-label="Seiten">\n{items}</nav>\n'

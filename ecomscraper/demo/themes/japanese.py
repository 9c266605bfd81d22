"""A shop in Japanese, in the manner of EC-CUBE: whole yen, and no data on a product's page but OpenGraph."""

from __future__ import annotations

from ecomscraper.demo.document import Document
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.markup import SHOP_NAME, typed_html
from ecomscraper.demo.themes.frame import framed
from ecomscraper.demo.themes.listing_view import ListingView, menu
from ecomscraper.demo.themes.site import Site


def listing(view: ListingView) -> Document:
    """One page of the shelf."""
    site, heading = view.site, typed_html(view.heading)
    items = "".join(_item(site, product) for product in view.products)
    main = (
        f'<main class="ec-layoutRole__main">\n<h1 class="ec-pageHeader">{heading}</h1>\n'
        f'<div class="ec-searchnavRole__counter"><span class="ec-font-bold">{view.total}件</span>'
        f'の商品が見つかりました（{view.first}〜{view.last}件目）</div>\n<div class="ec-shelfRole">\n'
        f'<ul class="ec-shelfGrid">\n{items}</ul></div>\n{_pager(view)}</main>\n'
    )
    title = heading if view.page == 1 else f"{heading} | {view.page}ページ"
    return framed(site.theme, title, _header(site) + main, body_attributes='id="page_product_list"')


def product(site: Site, product: DemoProduct) -> Document:
    """The page of one product."""
    name = typed_html(product.typed_name)
    main = (
        '<main class="ec-layoutRole__main">\n<div class="ec-productRole">\n'
        f'<div class="slide-item"><img src="{product.image}" alt="{name}"></div>\n'
        f'<div class="ec-productRole__title"><h1 class="ec-headingTitle">{name}</h1></div>\n'
        f"{_prices(site, product, 'ec-productRole__price')}"
        '<div class="ec-productRole__code">商品コード： '
        f'<span class="product-code-default">{product.sku}</span></div>\n'
        f'<div class="ec-productRole__maker">メーカー： {typed_html(product.brand)}</div>\n'
        f'<p class="ec-productRole__stock">{"在庫あり" if product.in_stock else "品切れ中"}</p>\n'
        f'<div class="ec-productRole__description">{typed_html(product.description)}</div>\n</div>\n</main>\n'
    )
    return framed(site.theme, name, _header(site) + main, head=_open_graph(site, product))


def _header(site: Site) -> str:
    entries = "".join(f'<li><a href="{path}">{name}</a></li>\n' for path, name in menu(site))
    return (
        f'<header class="ec-headerRole"><a href="{site.home_path}">{SHOP_NAME}</a>\n'
        '<div class="ec-cartNavi"><span class="ec-cartNavi__badge">0</span>'
        f'<span class="ec-cartNavi__price">{site.theme.printed.format(0)}</span></div>\n'
        f'<nav class="ec-itemNav"><ul class="ec-itemNav__nav">\n{entries}</ul></nav></header>\n'
    )


def _item(site: Site, product: DemoProduct) -> str:
    sold_out = "" if product.in_stock else '<p class="ec-shelfGrid__sold-out">品切れ中</p>\n'
    name = typed_html(product.typed_name)
    return (
        f'<li class="ec-shelfGrid__item"><a href="{site.product_path(product)}">\n<p class="ec-shelfGrid__item-image">'
        f'<img src="{product.image}" alt="{name}" loading="lazy"></p>\n<p class="ec-shelfGrid__item-name">{name}</p>\n'
        f"{_prices(site, product, 'ec-shelfGrid__item-price')}</a>\n{sold_out}</li>\n"
    )


def _prices(site: Site, product: DemoProduct, name: str) -> str:
    price = site.theme.printed_amount(product.price)
    if not product.on_sale:
        return f'<p class="{name}"><span class="price02-default">{price}</span> <span class="tax">税込</span></p>\n'
    regular = site.theme.printed_amount(product.regular_price)
    return (
        f'<p class="{name}"><span class="price01-default">通常価格： <s>{regular}</s></span>\n'
        f'<span class="price02-default">販売価格： {price}</span> <span class="tax">税込</span></p>\n'
    )


def _open_graph(site: Site, product: DemoProduct) -> str:
    values = {
        "og:type": "og:product",
        "og:title": product.name,
        "og:url": site.product_path(product),
        "og:image": product.image,
        "og:description": product.description,
        "og:site_name": SHOP_NAME,
        "product:price:amount": str(product.price),
        "product:price:currency": product.currency,
        "product:availability": "instock" if product.in_stock else "oos",
        "product:brand": product.brand,
        "product:retailer_item_id": product.sku,
    }
    if product.on_sale:
        values |= {
            "product:original_price:amount": str(product.regular_price),
            "product:original_price:currency": product.currency,
        }
    return "".join(f'<meta property="{name}" content="{typed_html(value)}">\n' for name, value in values.items())


def _pager(view: ListingView) -> str:
    def step(path: str | None, name: str, label: str) -> str:
        return f'<li class="ec-pager__item{name}"><a href="{path}">{label}</a></li>\n' if path else ""

    if not view.numbers:
        return ""
    items = step(view.previous_path, " ec-pager__item--prev", "前のページへ")
    for number in view.numbers:
        active = " ec-pager__item--active" if number == view.page else ""
        items += f'<li class="ec-pager__item{active}"><a href="{view.path_of(number)}">{number}</a></li>\n'
    items += step(view.next_path, " ec-pager__item--next", "次のページへ")
    return f'<div class="ec-pagerRole"><ul class="ec-pager">\n{items}</ul></div>\n'

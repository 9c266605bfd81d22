"""The pages of a listing, as a WooCommerce shop with a Storefront theme prints them, traps included.

The traps: the cart in the header shows one more price, total and pager are printed twice with the same ids,
SVGs in the body have a `<title>` of their own, sale prices stand beside the old ones, names hold entities and
double spaces, cart links look like links to pages, and page 1 is linked by an address that redirects.
"""

from __future__ import annotations

from decimal import Decimal

from ecomscraper.demo.addresses import CATEGORY_PATH, FRAGMENT_PATH, LISTING_PATH
from ecomscraper.demo.catalogue import PRODUCTS_PER_PAGE, Catalogue
from ecomscraper.demo.categories import CATEGORIES, Category
from ecomscraper.demo.document import Boilerplate, Document
from ecomscraper.demo.filler import BODY_FILLER, FOOT_FILLER, HEAD_FILLER
from ecomscraper.demo.goods import DemoProduct

SHOP_NAME = "Demo Shop for Scrapers"
SITE_NAME = "demo.localhost"
_DASH = " &#8211; "
_PAGER_ENDS = 3  # pages linked at both ends of the pager, and on both sides of the current one


def listing_title(page: int, category: Category | None = None) -> str:
    """The title of page `page` (from 1) of the listing, or of a category's, as a browser shows it."""
    name = category.name if category else SHOP_NAME
    parts = (name, SITE_NAME) if page == 1 else (name, f"Page {page}", SITE_NAME)
    return " – ".join(parts)


def listing_document(
    catalogue: Catalogue, page: int, *, small: bool, shows: int | None = None, endless: bool = False
) -> Document:
    """Page `page` of the listing, or of one category's if the catalogue is of one.

    `shows` is the page whose products it shows, if that is another one; `endless` always offers a next page.
    """
    products = catalogue.page(shows or page)
    category = catalogue.category
    listed = f"{CATEGORY_PATH}{category.slug}/" if category else LISTING_PATH
    bar = _result_count(catalogue, page, len(products)) + _pager(listed, catalogue.pages, page, endless=endless)
    name = category.name if category else SHOP_NAME
    title = name if page == 1 else f"{name}{_DASH}Page {page}"
    main = (
        f'<h1 class="woocommerce-products-header__title page-title">{category.name if category else "Shop"}</h1>\n'
        f'<div class="storefront-sorting">\n{bar}</div>\n<ul class="products columns-4">\n'
        + cards_html(products, small=small)
        + f'</ul>\n<div class="storefront-sorting">\n{bar}</div>\n'
    )
    return shop_document(title, main, body_class="archive woocommerce-shop woocommerce", small=small)


def scroll_document(catalogue: Catalogue, *, small: bool) -> Document:
    """The listing that grows: the first cards, and a button that says where the next ones are loaded from."""
    more = f'<button type="button" class="load-more" data-next="{FRAGMENT_PATH}?page=2">Load more</button>\n'
    main = (
        '<h1 class="woocommerce-products-header__title page-title">Shop</h1>\n'
        f'<ul class="products columns-4" id="products">\n{cards_html(catalogue.page(1), small=small)}</ul>\n'
        f"{more if catalogue.pages > 1 else ''}"
    )
    return shop_document(SHOP_NAME, main, body_class="archive woocommerce-shop woocommerce", small=small)


def cards_html(products: list[DemoProduct], *, small: bool) -> str:
    """A list item for each product: all that the fragments of the growing listing are; "" for none."""
    return "".join(map(_small_card if small else _card, products))


def not_found_document() -> Document:
    """What the shop says of an address it does not know."""
    main = '<h1 class="page-title">Oops! That page can&rsquo;t be found.</h1>\n<p>Nothing is here.</p>\n'
    return shop_document("Page not found", main, body_class="error404", small=True)


def shop_document(title: str, main: str, *, body_class: str, small: bool) -> Document:
    """A page of the shop: `title` without the site's name and `main`, both HTML."""
    top = (
        '<!doctype html>\n<html lang="en-US">\n<head>\n<meta charset="UTF-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}{_DASH}{SITE_NAME}</title>\n"
    ).encode()
    header = f'</head>\n<body class="{body_class}">\n{_HEADER}'
    foot = f'{main}</main>\n<footer class="site-footer">&copy; {SHOP_NAME}</footer>\n'
    if small:
        return Document((top, f'{header}<main id="main" class="site-main">\n{foot}</body>\n</html>\n'.encode()))
    parts: tuple[bytes | Boilerplate, ...] = (
        top,
        HEAD_FILLER,
        header.encode(),
        BODY_FILLER,
        f'<main id="main" class="site-main" role="main">\n{foot}'.encode(),
        FOOT_FILLER,
        b"</body>\n</html>\n",
    )
    return Document(parts)


def typed_html(text: str) -> str:
    """Text as the shop's editor writes it to HTML: some characters as entities, some as they are."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("™", "&trade;").replace("’", "&#8217;")


def price_html(product: DemoProduct) -> str:
    """The price, with the old one before it when the product is on sale."""
    if not product.on_sale:
        return f'<span class="price">{_amount(product.price)}</span>'
    return (
        f'<span class="price"><del aria-hidden="true">{_amount(product.regular_price)}</del> '
        f"<ins>{_amount(product.price)}</ins></span>"
    )


def _amount(amount: Decimal) -> str:
    return (
        '<span class="product-price woocommerce-Price-amount amount"><bdi>'
        f'<span class="woocommerce-Price-currencySymbol">&#36;</span>{amount:,}</bdi></span>'
    )


def _small_card(product: DemoProduct) -> str:
    stock = "instock" if product.in_stock else "outofstock"
    return (
        f'<li class="product post-{product.number} {stock}">'
        f'<a class="woocommerce-LoopProduct-link" href="{product.path}">'
        f'<img class="product-image" src="{product.image}" alt="">'
        f'<h2 class="product-name woocommerce-loop-product__title">{typed_html(product.typed_name)}</h2>'
        f"{price_html(product)}</a>"
        f'<a class="button" href="?add-to-cart={product.number}" data-product_id="{product.number}"'
        f' data-product_sku="{product.sku}">Add to cart</a></li>\n'
    )


def _card(product: DemoProduct) -> str:
    name = typed_html(product.typed_name)
    stock, sale = ("instock" if product.in_stock else "outofstock"), (" sale" if product.on_sale else "")
    stem = product.image.removesuffix(".jpg")
    sources = ", ".join(
        f"{stem}-{width}x{width * 5 // 4}.jpg {width}w" for width in (242, 324, 416, 768, 825, 1080, 1239)
    )
    badge = '<span class="onsale">Sale!</span>\n' if product.on_sale else ""
    if product.in_stock:
        link, label, text = (
            f"?add-to-cart={product.number}",
            f"Add to cart: &ldquo;{name}&rdquo;",
            "Add to cart",
        )
        kind = "product_type_simple add_to_cart_button ajax_add_to_cart"
    else:
        link, label, text = product.path, f"Read more about &ldquo;{name}&rdquo;", "Read more"
        kind = "product_type_simple"
    return (
        f'<li data-products="item" itemscope itemtype="http://schema.org/Product" class="product type-product'
        f" post-{product.number} status-publish {stock}{sale} product_cat-everything has-post-thumbnail"
        f' shipping-taxable purchasable product-type-simple">\n'
        f'\t<a href="{product.path}" class="woocommerce-LoopProduct-link woocommerce-loop-product__link">'
        f'{badge}<img width="1080" height="1350" src="{product.image}"'
        f' class="attachment-woocommerce_thumbnail product-image size-woocommerce_thumbnail"'
        f' alt="" decoding="async" loading="lazy" srcset="{sources}"'
        f' sizes="(max-width: 1080px) 100vw, 1080px" />'
        f'<h2 class="product-name woocommerce-loop-product__title">{name}</h2>\n'
        f"\t{price_html(product)}\n</a>"
        f'<a href="{link}" data-quantity="1" class="button {kind}" data-product_id="{product.number}"'
        f' data-product_sku="{product.sku}" aria-label="{label}" rel="nofollow">{text}</a></li>\n'
    )


def _result_count(catalogue: Catalogue, page: int, cards: int) -> str:
    total, first = catalogue.total, (page - 1) * PRODUCTS_PER_PAGE + 1
    if total == 1:
        text = "Showing the single result"
    elif total <= PRODUCTS_PER_PAGE:
        text = f"Showing all {total} results"
    else:
        text = f"Showing {first}&ndash;{first + cards - 1} of {total} results"
    return f'<p class="woocommerce-result-count" id="result-count">\n\t{text}</p>\n'


def _pager(listed: str, pages: int, page: int, *, endless: bool) -> str:
    """Links to pages, with dots where numbers are left out; nothing where one page is all there is."""
    last = max(pages, page + 1) if endless else pages
    if last == 1:
        return ""
    items = [f'<a class="prev page-numbers" href="{listed}page/{page - 1}/">&larr;</a>'] if page > 1 else []
    previous = 0
    for number in numbers_in_pager(last, page):
        if number > previous + 1:
            items.append('<span class="page-numbers dots">&hellip;</span>')
        previous = number
        if number == page:
            items.append(f'<span aria-current="page" class="page-numbers current">{number:,}</span>')
        else:
            items.append(f'<a class="page-numbers" href="{listed}page/{number}/">{number:,}</a>')
    if page < last:
        items.append(f'<a class="next page-numbers" href="{listed}page/{page + 1}/">&rarr;</a>')
    listed = "\n".join(f"<li>{item}</li>" for item in items)
    numbers = f'<ul class="page-numbers">\n{listed}\n</ul>'
    return f'<nav class="woocommerce-pagination" id="pagination">{numbers}</nav>\n'


def numbers_in_pager(last: int, page: int) -> list[int]:
    """The pages that the pager of page `page` names: those at both ends, and those around it."""
    return sorted(
        {
            *range(1, min(_PAGER_ENDS, last) + 1),
            *range(max(1, page - _PAGER_ENDS), min(page + _PAGER_ENDS, last) + 1),
            *range(max(1, last - _PAGER_ENDS + 1), last + 1),
        }
    )


_CATEGORY_LINKS = "".join(
    f'<li class="menu-item menu-item-object-product_cat"><a href="{CATEGORY_PATH}{category.slug}/">{category.name}</a>'
    "</li>\n"
    for category in CATEGORIES
)
_HEADER = f"""<header id="masthead" class="site-header">
<div class="site-branding"><a href="{LISTING_PATH}" rel="home">{SHOP_NAME}</a></div>
<ul id="site-header-cart" class="site-header-cart menu"><li><a class="cart-contents" href="/cart/">\
<svg class="icon" viewBox="0 0 24 24" role="img"><title>Your basket</title><path d="M3 6h18l-2 12H5z"/></svg>\
<span class="product-price woocommerce-Price-amount amount">\
<span class="woocommerce-Price-currencySymbol">&#36;</span>0.00</span>
<span class="count">0 items</span></a></li></ul>
<nav class="category-navigation" aria-label="Categories"><ul class="menu">
{_CATEGORY_LINKS}</ul></nav>
</header>
"""

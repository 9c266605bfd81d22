"""The products in the data that a page carries for its own scripts, where the shape leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ecomscraper.pages.availability import read_availability
from ecomscraper.pages.currencies import read_currency
from ecomscraper.pages.document import Document
from ecomscraper.pages.lenient_json import first_json, read_json
from ecomscraper.pages.product_fields import Candidate, ProductFields, gtin_of, price_of, sku_of, text_of, url_of
from ecomscraper.pages.scripts import PageScripts
from ecomscraper.pages.variants import with_variants

_ASSIGNED = re.compile(r"[=(,]\s*(?=\{\s*[\"'\w}]|\[\s*\{)")
_PRODUCT_WORD = re.compile(r"price|variants", re.IGNORECASE)
_MOST_VALUES = 40  # of one script: what a product is described in comes early
_LONGEST_LITERAL = 30_000  # characters of a JavaScript object that is no JSON
_DEEPEST = 16
_MOST_NODES = 50_000

_NAMES = ("name", "title", "productName", "item_name", "displayName")
_PRICES = ("price", "salePrice", "currentPrice", "finalPrice", "sellingPrice", "offerPrice", "specialPrice")
_REGULAR = (
    "regularPrice", "listPrice", "originalPrice", "compareAtPrice", "oldPrice", "msrp", "regular_price", "wasPrice",
    "list_price", "original_price", "compare_at_price", "old_price", "was_price",
)  # fmt: skip
_IDS = ("sku", "id", "productId", "productID", "item_id", "url", "slug", "code", "handle")
_CURRENCIES = ("currency", "currencyCode", "priceCurrency", "currency_code", "currencyIsoCode")


def read_embedded_state(document: Document, scripts: PageScripts, *, url: str) -> list[Candidate]:
    """A candidate for each product in the page's own data: Shopify, WooCommerce, Magento, and plain products.

    Plain ones are marked as related: a page's data holds many products, and what names the page's own is the caller's.
    """
    base = document.base_url or url
    values = [value for _, value in scripts.data] + [value for code in scripts.code for value in _values_in(code)]
    found: list[Candidate] = []
    for node in _nodes(values):
        if _is_shopify(node):
            found.append(_shopify(node, base, url))
        elif "[data-role=priceBox]" in node:
            found += _magento(node["[data-role=priceBox]"])
        elif (plain := _plain(node, base)) is not None:
            found.append(plain)
    for element in document.tree.xpath("//form[@data-product_variations]"):
        variations = read_json(element.get("data-product_variations"))
        if isinstance(variations, list) and variations:
            found.append(_woocommerce(variations, base, url))
    return found


def described_product(node: dict[str, Any], *, url: str) -> ProductFields | None:
    """The product that one object is, by its shape or its usual names; None where that is not clear.

    `url` is the address of what it was found in.
    """
    if _is_shopify(node):
        return _shopify(node, url, url).fields
    plain = _plain(node, url)
    return plain.fields if plain is not None else None


def _values_in(code: str) -> Iterator[Any]:
    """The JSON that is assigned or passed in a script, and JavaScript's objects that are nearly JSON."""
    if not _PRODUCT_WORD.search(code):
        return
    end = 0
    for tried, match in enumerate(_ASSIGNED.finditer(code)):
        if tried == _MOST_VALUES:
            return
        if match.end() < end:
            continue
        value = first_json(code, match.end())
        if value is None:
            literal = _balanced(code, match.end())
            value = read_json(literal) if literal and _PRODUCT_WORD.search(literal) else None
        if value is not None:
            end = match.end() + 1
            yield value


def _balanced(code: str, start: int) -> str:
    """The object or list that begins at `start`, brackets counted outside of strings; "" when it has no end."""
    depth = 0
    for match in re.finditer(
        r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[{}\[\]]", code[start : start + _LONGEST_LITERAL]
    ):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match[0], 0)
        if depth == 0:
            return code[start : start + match.end()]
    return ""


def _nodes(values: list[Any]) -> Iterator[dict[str, Any]]:
    """Every object in `values`, outer ones first, in order."""
    seen = 0
    waiting: list[tuple[Any, int]] = [(value, 0) for value in reversed(values)]
    while waiting and seen < _MOST_NODES:
        value, depth = waiting.pop()
        seen += 1
        if isinstance(value, dict):
            yield value
            if _is_shopify(value):
                continue
            parts = list(value.values())
        elif isinstance(value, list):
            parts = value
        else:
            continue
        if depth < _DEEPEST:
            waiting += [(part, depth + 1) for part in reversed(parts) if isinstance(part, (dict, list))]


def _is_shopify(node: dict[str, Any]) -> bool:
    variants = node.get("variants")
    is_named = "handle" in node or str(node.get("gid", "")).startswith("gid://shopify/Product/")
    return (
        isinstance(variants, list)
        and bool(variants)
        and isinstance(variants[0], dict)
        and is_named
        and "vendor" in node
    )


def _shopify(node: dict[str, Any], base: str, url: str) -> Candidate:
    """Shopify's product: whole prices are in cents, those in strings are not."""
    path = url.partition("?")[0]
    variants = [
        ProductFields(
            url=f"{path}?variant={one.get('id')}",
            price=_shopify_price(one.get("price")),
            regular_price=_shopify_price(one.get("compare_at_price")),
            availability=_stock(one.get("available")),
            sku=sku_of(one.get("sku")),
            gtin=gtin_of(one.get("barcode")),
        )
        for one in node["variants"]
        if isinstance(one, dict)
    ]
    image = node.get("featured_image") or _first_of(node.get("images"))
    own = ProductFields(
        url=url_of(f"/products/{node['handle']}", base) if isinstance(node.get("handle"), str) else None,
        name=text_of(node.get("title")),
        availability=_stock(node.get("available")),
        brand=text_of(node.get("vendor")),
        image_url=url_of(image.get("src") if isinstance(image, dict) else image, base),
        description=text_of(node.get("description") or node.get("body_html")),
    )
    # Analytics leaves the title out: then it is the product that the page is about.
    return Candidate("shopify", with_variants(own, variants, url), tuple(variants))


def _shopify_price(value: Any) -> Decimal | None:
    if isinstance(value, dict):
        value = value.get("amount")
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value).scaleb(-2) or None
    price = price_of(value)
    return price.amount or None if price else None


def _woocommerce(variations: list[Any], base: str, url: str) -> Candidate:
    variants = [
        ProductFields(
            price=_amount(one.get("display_price")),
            regular_price=_amount(one.get("display_regular_price")),
            availability=_stock(one.get("is_in_stock")),
            sku=sku_of(one.get("sku")),
            image_url=url_of(_table(one.get("image")).get("url"), base),
        )
        for one in variations
        if isinstance(one, dict) and one.get("variation_is_visible") is not False
    ]
    return Candidate("woocommerce", with_variants(ProductFields(), variants, url), tuple(variants))


def _magento(box: Any) -> Iterator[Candidate]:
    """Magento's price box: finalPrice and oldPrice with tax, and the format that holds the currency's sign."""
    config = _table(_table(_table(box).get("priceBox")).get("priceConfig"))
    prices = _table(config.get("prices"))
    price, old = (_amount(_table(prices.get(name)).get("amount")) for name in ("finalPrice", "oldPrice"))
    pattern = str(_table(config.get("priceFormat")).get("pattern", ""))
    if price:
        fields = ProductFields(
            price=price, regular_price=old, currency=read_currency(pattern.replace("%s", "").strip())
        )
        yield Candidate("magento", fields)


def _plain(node: dict[str, Any], base: str) -> Candidate | None:
    """An object with a name, a price, and something that identifies it."""
    name = next((node[key] for key in _NAMES if isinstance(node.get(key), str)), None)
    key = next((key for key in _PRICES if node.get(key) not in (None, "", 0)), None)
    if name is None or key is None or not any(isinstance(node.get(one), (str, int)) for one in _IDS):
        return None
    amount, currency = _money(node[key])
    currency = currency or read_currency(text_of(next((node[one] for one in _CURRENCIES if one in node), None)))
    if amount is None:
        return None
    regular = next((_money(node[one])[0] for one in _REGULAR if node.get(one)), None)
    brand, image = node.get("brand"), node.get("image") or node.get("imageUrl") or node.get("image_url")
    available = next(
        (node[one] for one in ("availability", "inStock", "in_stock", "available", "isAvailable") if one in node), None
    )
    fields = ProductFields(
        url=url_of(node.get("url"), base),
        name=text_of(name),
        price=amount,
        regular_price=regular,
        currency=currency,
        availability=read_availability(available),
        sku=sku_of(node.get("sku")),
        brand=text_of(brand.get("name") if isinstance(brand, dict) else brand),
        gtin=next(filter(None, (gtin_of(node.get(one)) for one in ("gtin", "gtin13", "ean", "upc", "barcode"))), None),
        image_url=url_of(image.get("url") or image.get("src") if isinstance(image, dict) else image, base),
    )
    return Candidate("embedded", fields, is_related=True)


def _money(value: Any) -> tuple[Decimal | None, str | None]:
    """(amount, currency) of 12.5, "12.50 €", {"amount": …}, {"current": {…}}."""
    if isinstance(value, dict):
        currency = read_currency(text_of(next((value[one] for one in _CURRENCIES if one in value), None)))
        for key in ("amount", "value", "current", "price", "sale", "final", "formatted"):
            if value.get(key) not in (None, ""):
                amount, own = _money(value[key])
                return amount, own or currency
        return None, None
    price = price_of(value)
    return (price.amount or None, price.currency) if price else (None, None)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first_of(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _amount(value: Any) -> Decimal | None:
    price = price_of(value)
    return price.amount or None if price else None


def _stock(value: Any) -> str | None:
    return read_availability(value) if isinstance(value, bool) else None

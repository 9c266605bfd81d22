"""The catalogue as APIs give it: read to the end by each one's own rule, it is all 188 products."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from ecomscraper.demo.catalogue import Catalogue, in_theme
from ecomscraper.demo.themes.theme import THEMES

Serve = Callable[..., Any]
WOOCOMMERCE = "/wp-json/wc/store/v1/products"
ORIGIN = "http://demo.localhost"


def answered(shop: Any, target: str) -> Any:
    reply = shop.ask(target)
    assert reply.status == 200
    assert reply.header("content-type") == "application/json; charset=utf-8"
    return json.loads(reply.body)


def next_link(reply: Any) -> str | None:
    match = re.search(rf'<{ORIGIN}([^>]+)>; rel="next"', reply.header("link") or "")
    return match[1] if match else None


def test_woocommerce_to_the_declared_end(serve: Serve) -> None:
    shop = serve()
    found, page, pages = [], 1, 1
    while page <= pages:
        reply = shop.ask(f"{WOOCOMMERCE}?page={page}&per_page=100")
        assert (reply.status, reply.header("x-wp-total")) == (200, "188")
        pages = int(reply.header("x-wp-totalpages"))
        found += json.loads(reply.body)
        page += 1
    assert pages == 2
    for item, product in zip(found, Catalogue(), strict=True):
        assert " ".join(html.unescape(item["name"]).split()) == product.name
        assert item["permalink"] == ORIGIN + product.path
        assert item["sku"] == product.sku
        prices = item["prices"]
        assert prices["price"] == prices["sale_price"] == str(int(product.price * 100))
        assert prices["regular_price"] == str(int(product.regular_price * 100))
        assert (prices["currency_code"], prices["currency_minor_unit"]) == ("USD", 2)
        assert item["on_sale"] == product.on_sale
        assert item["is_in_stock"] == product.in_stock
        assert [image["src"] for image in item["images"]] == [ORIGIN + product.image]
        assert Decimal(item["average_rating"]) == (product.rating or 0)
        assert item["review_count"] == product.review_count
        assert html.unescape(item["description"]) == f"<p>{product.description}</p>\n"
        slugs = [category.slug for category in Catalogue().categories_of(product)]
        assert [category["slug"] for category in item["categories"]] == slugs
        links = [f"{ORIGIN}/ecommerce/category/{slug}/" for slug in slugs]
        assert [category["link"] for category in item["categories"]] == links


def test_woocommerce_by_its_links(serve: Serve) -> None:
    shop, target, requests, found = serve(), f"{WOOCOMMERCE}?per_page=50", 0, []
    while target:
        reply = shop.ask(target)
        requests += 1
        found += [item["id"] for item in json.loads(reply.body)]
        target = next_link(reply)
    assert (requests, found) == (4, list(range(1, 189)))
    middle = shop.ask(f"{WOOCOMMERCE}?per_page=50&page=2").header("link")
    assert middle == (
        f'<{ORIGIN}{WOOCOMMERCE}?per_page=50&page=1>; rel="prev", '
        f'<{ORIGIN}{WOOCOMMERCE}?per_page=50&page=3>; rel="next"'
    )


def test_woocommerce_beyond_the_end_is_empty(serve: Serve) -> None:
    reply = serve().ask(f"{WOOCOMMERCE}?page=20&per_page=100")
    assert (reply.status, reply.body, reply.header("x-wp-total"), reply.header("link")) == (200, b"[]", "188", None)


def test_woocommerce_default_page(serve: Serve) -> None:
    reply = serve().ask(WOOCOMMERCE)
    assert (len(json.loads(reply.body)), reply.header("x-wp-totalpages")) == (10, "19")


@pytest.mark.parametrize("query", ["per_page=0", "per_page=101", "per_page=-1", "per_page=x", "page=0", "page="])
def test_woocommerce_refuses(serve: Serve, query: str) -> None:
    reply = serve().ask(f"{WOOCOMMERCE}?{query}")
    name = query.partition("=")[0]
    assert reply.status == 400
    answer = json.loads(reply.body)
    assert (answer["code"], answer["message"]) == ("rest_invalid_param", f"Invalid parameter(s): {name}")


@pytest.mark.parametrize(("limit", "pages"), [(250, [188]), (1000, [188]), (100, [100, 88]), (47, [47] * 4)])
def test_shopify_until_an_empty_array(serve: Serve, limit: int, pages: list[int]) -> None:
    shop, found = serve(), []
    while products := answered(shop, f"/products.json?limit={limit}&page={len(found) + 1}")["products"]:
        found.append(products)
    assert [len(products) for products in found] == pages
    for item, product in zip(chain.from_iterable(found), Catalogue(), strict=True):
        assert (item["handle"], item["title"], item["vendor"]) == (product.slug, product.typed_name, product.brand)
        (variant,) = item["variants"]
        assert (variant["price"], variant["sku"]) == (str(product.price), product.sku)
        assert variant["compare_at_price"] == (str(product.regular_price) if product.on_sale else None)
        assert variant["available"] == product.in_stock
        assert [image["src"] for image in item["images"]] == [ORIGIN + product.image]


def test_shopify_takes_at_most_250_a_page(serve: Serve) -> None:
    shop = serve(products=300)
    assert len(answered(shop, "/products.json?limit=1000")["products"]) == 250
    assert len(answered(shop, "/products.json?limit=1000&page=2")["products"]) == 50
    assert len(answered(shop, "/products.json")["products"]) == 30
    assert shop.ask("/products.json?limit=0").status == 400


def test_a_product_of_the_feed_is_found_by_its_handle(serve: Serve) -> None:
    shop, product = serve(), next(iter(Catalogue()))
    for target in (f"/products/{product.slug}", f"/products/{product.slug}/"):
        reply = shop.ask(target)
        assert (reply.status, reply.header("location")) == (301, product.path)
    assert shop.ask("/products/no-such-thing-1").status == 404


def test_by_offset(serve: Serve) -> None:
    shop, found, requests, total = serve(), [], 0, 1
    while len(found) < total:
        answer = answered(shop, f"/api/items?offset={len(found)}&limit=50")
        found += answer["items"]
        total = answer["total"]
        requests += 1
    assert (requests, total) == (4, 188)
    for item, product in zip(found, Catalogue(), strict=True):
        assert (item["name"], item["url"], item["sku"]) == (product.name, ORIGIN + product.path, product.sku)
        assert (item["price"], item["list_price"]) == (float(product.price), float(product.regular_price))
        assert (item["currency"], item["in_stock"], item["brand"]) == ("USD", product.in_stock, product.brand)
        assert (item["gtin"], item["review_count"]) == (product.gtin, product.review_count)
        assert item["rating"] == (None if product.rating is None else float(product.rating))
        assert item["description"] == product.description
    assert answered(shop, "/api/items?offset=188") == {"items": [], "total": 188, "offset": 188, "limit": 50}


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "limit=0", "limit=101"])
def test_offsets_refused(serve: Serve, query: str) -> None:
    assert serve().ask(f"/api/items?{query}").status == 400


def test_by_cursor(serve: Serve) -> None:
    shop, found, after, requests = serve(), [], "", 0
    while after is not None:
        answer = answered(shop, f"/api/cursor?after={after}")
        found += answer["data"]
        after = answer["next"]
        requests += 1
    assert requests == 4
    for item, product in zip(found, Catalogue(), strict=True):
        attributes = item["attributes"]
        assert (item["id"], item["links"]["self"]) == (product.sku, ORIGIN + product.path)
        assert (attributes["title"], attributes["brand"]["name"]) == (product.name, product.brand)
        assert attributes["pricing"]["current"] == {"amount": str(product.price), "currency": "USD"}
        assert attributes["pricing"]["list"] == {"amount": str(product.regular_price), "currency": "USD"}
        assert attributes["availability"] == ("in_stock" if product.in_stock else "out_of_stock")
        assert attributes["ean"] == product.gtin
        assert (attributes["reviews"] or {"count": 0})["count"] == product.review_count


@pytest.mark.parametrize(("limit", "requests"), [(100, 2), (94, 2), (47, 4)])
def test_the_last_cursor_is_null_also_where_pages_are_full(serve: Serve, limit: int, requests: int) -> None:
    shop, after, asked = serve(), "", 0
    while after is not None:
        after = answered(shop, f"/api/cursor?limit={limit}&after={after}")["next"]
        asked += 1
    assert asked == requests


@pytest.mark.parametrize("cursor", ["5", "????", "cGxhY2U6eA==", "%C3%A9", "cGxhY2U6LTE="])
def test_cursors_refused(serve: Serve, cursor: str) -> None:
    assert serve().ask(f"/api/cursor?after={cursor}").status == 400


def test_by_link_header_alone(serve: Serve) -> None:
    shop, target, requests, found = serve(), "/api/linked", 0, []
    while target:
        reply = shop.ask(target)
        found += [item["id"] for item in json.loads(reply.body)]
        target = next_link(reply)
        requests += 1
    assert (requests, found) == (4, list(range(1, 189)))
    assert shop.ask("/api/linked?page=5").body == b"[]"
    assert shop.ask("/api/linked?page=0").status == 400


@pytest.mark.parametrize("theme", [name for name in THEMES if name != "woocommerce"])
def test_each_theme_has_them_in_its_currency(serve: Serve, theme: str) -> None:
    shop = serve()
    products = [in_theme(product, THEMES[theme]) for product in Catalogue()]
    found = answered(shop, f"/t/{theme}{WOOCOMMERCE}?per_page=100")
    digits = THEMES[theme].minor_digits
    assert [Decimal(item["prices"]["price"]).scaleb(-digits) for item in found] == [p.price for p in products[:100]]
    assert {item["prices"]["currency_code"] for item in found} == {products[0].currency}
    feed = answered(shop, f"/t/{theme}/products.json?limit=250")["products"]
    assert [Decimal(item["variants"][0]["price"]) for item in feed] == [product.price for product in products]
    item = answered(shop, f"/t/{theme}/api/items?limit=1")["items"][0]
    assert shop.ask(item["url"].removeprefix(ORIGIN)).status == 200
    assert next_link(shop.ask(f"/t/{theme}/api/linked")) == f"/t/{theme}/api/linked?page=2"


def test_addresses_are_of_the_host_that_was_asked(serve: Serve) -> None:
    shop, product = serve(), next(iter(Catalogue()))
    item = json.loads(shop.ask("/api/items?limit=1", host="127.0.0.1:8123").body)["items"][0]
    assert item["url"] == f"http://127.0.0.1:8123{product.path}"
    link = shop.ask("/api/linked", host="127.0.0.1:8123").header("link")
    assert link == '<http://127.0.0.1:8123/api/linked?page=2>; rel="next"'


def test_version_2(serve: Serve) -> None:
    shop = serve(version=2)
    reply = shop.ask(f"{WOOCOMMERCE}?per_page=100&page=2")
    assert (reply.header("x-wp-total"), len(json.loads(reply.body))) == ("189", 89)
    assert answered(shop, "/api/items?limit=1")["items"][0]["id"] == 191

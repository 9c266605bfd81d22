"""The product pages of all themes, read the way each platform tells its data: exactly the fields it says it tells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from parsel import Selector

from ecomscraper.demo.catalogue import Catalogue, in_theme
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.themes.pages import PAGES_OF_THEME
from ecomscraper.demo.themes.site import Site
from ecomscraper.demo.themes.theme import THEMES

Fields = dict[str, Any]


def data_of(page: Selector, selector: str) -> Any:
    (script,) = page.css(f"{selector}::text").getall()
    return json.loads(script)


def in_stock(term: str) -> bool:
    return {"InStock": True, "OutOfStock": False, "SoldOut": False}[term.rpartition("/")[2]]


def rated(rating: dict[str, Any] | None) -> Fields:
    if rating is None:
        return {"rating": None, "review_count": 0}
    return {"rating": Decimal(str(rating["ratingValue"])), "review_count": int(rating["reviewCount"])}


def bootstrap(page: Selector) -> Fields:
    site, item = data_of(page, "script[type='application/ld+json']")
    assert site["@type"] == "WebSite"
    offer = item["offers"]
    price = Decimal(str(offer["price"]))
    return {
        "name": item["name"],
        "price": price,
        "regular_price": Decimal(str(offer["priceSpecification"]["price"])) if "priceSpecification" in offer else price,
        "currency": offer["priceCurrency"],
        "in_stock": in_stock(offer["availability"]),
        "sku": item["sku"],
        "brand": item["brand"],
        "gtin": item["gtin"],
        "image": item["image"][0],
        "description": item["description"],
        **rated(item.get("aggregateRating")),
    }


def books(page: Selector) -> Fields:
    assert page.css("script, [itemprop], meta[property]") == []
    facts = dict(zip(page.css("th::text").getall(), page.css("td::text").getall(), strict=True))
    price = page.css("p.price_color::text").get() or ""
    assert facts["Price (incl. tax)"] == price
    assert facts["Tax"] == "£0.00"
    return {
        "name": " ".join((page.css("h1::text").get() or "").split()),
        "price": Decimal(price.removeprefix("£")),
        "currency": "GBP" if price.startswith("£") else None,
        "in_stock": bool(re.fullmatch(r"In stock \(\d+ available\)", facts["Availability"])),
        "sku": facts["UPC"],
        "review_count": int(facts["Number of reviews"]),
        "image": urljoin("/product/any/", page.css("#product_gallery img::attr(src)").get() or ""),
        "description": page.css("#product_description + p::text").get(),
    }


def microdata(page: Selector, scope: str) -> dict[str, str]:
    """itemprop → content, link, source or text; of nested items too."""
    assert len(page.css("[itemtype$='/Product']")) == 1
    found: dict[str, str] = {}
    for element in page.css(f"{scope} [itemprop]"):
        attributes = element.attrib
        if "itemscope" in attributes:
            continue
        value = attributes.get("content") or attributes.get("href") or attributes.get("src")
        path = [*element.xpath("ancestor::*[@itemprop and @itemscope]/@itemprop").getall(), attributes["itemprop"]]
        found[".".join(path)] = value or " ".join("".join(element.css("::text").getall()).split())
    return found


def microdata_fields(values: dict[str, str]) -> Fields:
    rating = values.get("aggregateRating.ratingValue")
    return {
        "name": values["name"],
        "price": Decimal(values["offers.price"]),
        "currency": values["offers.priceCurrency"],
        "in_stock": in_stock(values["offers.availability"]),
        "sku": values["sku"],
        "image": values["image"],
        "description": values["description"],
        "rating": Decimal(rating) if rating else None,
        "review_count": int(values.get("aggregateRating.reviewCount", 0)),
    }


def magento(page: Selector) -> Fields:
    found = microdata_fields(microdata(page, "body[itemscope]"))
    old = page.css("[data-price-type=oldPrice]::attr(data-price-amount)").get()
    return {**found, "regular_price": Decimal(old) if old else found["price"]}


def prestashop(page: Selector) -> Fields:
    values = microdata(page, "section[itemscope]")
    data = json.loads(page.css("#product-details::attr(data-product)").get() or "")
    assert Decimal(str(data["price_amount"])) == Decimal(values["offers.price"])
    old = page.css(".regular-price::text").get()
    found = microdata_fields(values)
    regular = Decimal(str(data["regular_price_amount"])).quantize(Decimal("0.01"))
    assert bool(old) == (regular != found["price"])
    return {**found, "regular_price": regular, "brand": values["brand.name"], "gtin": values["gtin13"]}


def shopify(page: Selector) -> Fields:
    group = data_of(page, "script[type='application/ld+json']")
    assert group["@type"] == "ProductGroup"
    (variant,) = group["hasVariant"]
    own = data_of(page, "#ProductJson")
    price = Decimal(variant["offers"]["price"])
    assert own["price"] == own["variants"][0]["price"] == price * 100
    (tracked,) = re.findall(r"var meta = (.*);", page.css("script::text").getall()[-1])
    assert json.loads(tracked)["product"]["variants"][0]["price"] == price * 100
    return {
        "name": group["name"],
        "price": price,
        "regular_price": Decimal(own["compare_at_price"]).scaleb(-2) if own["compare_at_price"] else price,
        "currency": variant["offers"]["priceCurrency"],
        "in_stock": in_stock(variant["offers"]["availability"]),
        "sku": variant["sku"],
        "gtin": variant["gtin"],
        "brand": group["brand"]["name"],
        "image": variant["image"],
        "description": group["description"],
    }


def nextjs(page: Selector) -> Fields:
    assert page.css("script[type='application/ld+json'], [itemprop], meta[property]") == []
    item = data_of(page, "script#__NEXT_DATA__")["props"]["pageProps"]["product"]
    rating = item["rating"]
    return {
        "name": item["name"],
        "price": Decimal(str(item["price"]["amount"])),
        "regular_price": Decimal(str(item["listPrice"]["amount"])),
        "currency": item["price"]["currency"],
        "in_stock": item["inStock"],
        "sku": item["sku"],
        "brand": item["brand"]["name"],
        "gtin": item["gtin"],
        "image": item["image"]["url"],
        "description": item["description"],
        "rating": Decimal(str(rating["value"])) if rating else None,
        "review_count": rating["count"] if rating else 0,
    }


def japanese(page: Selector) -> Fields:
    assert page.css("script, [itemprop]") == []
    values = {meta.attrib["property"]: meta.attrib["content"] for meta in page.css("meta[property]")}
    price = Decimal(values["product:price:amount"])
    return {
        "name": values["og:title"],
        "price": price,
        "regular_price": Decimal(values.get("product:original_price:amount", price)),
        "currency": values["product:price:currency"],
        "in_stock": {"instock": True, "oos": False}[values["product:availability"]],
        "sku": values["product:retailer_item_id"],
        "brand": values["product:brand"],
        "image": values["og:image"],
        "description": values["og:description"],
    }


def plain(page: Selector) -> Fields:
    item = data_of(page, "script[type='application/ld+json']")
    offer = item["offers"]
    assert offer["@type"] == "AggregateOffer"
    assert offer["lowPrice"] == offer["highPrice"]
    return {
        "name": item["name"],
        "price": Decimal(offer["lowPrice"]),
        "currency": offer["priceCurrency"],
        "in_stock": in_stock(offer["availability"]),
        "sku": item["sku"],
        "brand": item["brand"]["name"],
        "gtin": item["gtin13"],
        "image": item["image"]["url"],
        "description": item["description"],
        **rated(item.get("aggregateRating")),
    }


READERS: dict[str, Callable[[Selector], Fields]] = {
    "bootstrap": bootstrap,
    "books": books,
    "magento": magento,
    "prestashop": prestashop,
    "shopify": shopify,
    "next": nextjs,
    "japanese": japanese,
    "plain": plain,
}


def told(product: DemoProduct, theme: str) -> Fields:
    return {name: getattr(product, name) for name in THEMES[theme].on_page}


@pytest.mark.parametrize("theme", READERS)
def test_they_tell_what_they_say_they_tell(theme: str) -> None:
    site = Site("", THEMES[theme])
    for product in Catalogue():
        shown = in_theme(product, site.theme)
        page = Selector(PAGES_OF_THEME[theme].product(site, shown).body.decode())
        assert READERS[theme](page) == told(shown, theme)
        assert " ".join("".join(page.css("h1 ::text, h1::text").getall()).split()) == product.name
        assert site.theme.printed_amount(shown.price) in "".join(page.css("body ::text").getall())


@pytest.mark.parametrize("theme", READERS)
def test_they_are_served(serve: Callable[..., Any], theme: str) -> None:
    shop, site = serve(version=2), Site(f"/t/{theme}", THEMES[theme])
    catalogue = Catalogue(version=2)
    changes = catalogue.changes()
    for product in (changes.added[0], changes.prices[1][1], changes.availability[0][1]):
        page = Selector(shop.get(site.product_path(product)))
        read, expected = READERS[theme](page), told(in_theme(product, site.theme), theme)
        assert urljoin(site.product_path(product), page.css("main img::attr(src)").get() or "") == product.image
        assert {**read, "image": product.image} == expected
    assert shop.ask(site.product_path(changes.gone[0])).status == 404

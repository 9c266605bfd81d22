from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal

import pytest
from parsel import Selector

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.categories import CATEGORIES
from ecomscraper.demo.markup import listing_document, listing_title, scroll_document
from ecomscraper.demo.product_page import product_document

SIZES = pytest.mark.parametrize("small", [False, True])


def page(number: int, *, catalogue: Catalogue | None = None, small: bool = False) -> Selector:
    return Selector(listing_document(catalogue or Catalogue(), number, small=small).body.decode())


def shown(selector: Selector) -> str:
    return " ".join("".join(selector.css("::text").getall()).split())


@SIZES
def test_titles(small: bool) -> None:
    source = listing_document(Catalogue(), 4, small=small).body.decode()
    assert "<title>Demo Shop for Scrapers &#8211; Page 4 &#8211; demo.localhost</title>" in source
    assert page(1, small=small).css("head > title::text").getall() == [listing_title(1)]
    assert listing_title(1) == "Demo Shop for Scrapers – demo.localhost"
    assert page(4, small=small).css("head > title::text").getall() == [listing_title(4)]
    assert page(4, small=small).xpath("//title")[0].root.getparent().tag == "head"
    assert page(4, small=small).css("body svg title::text").get() is not None


@SIZES
def test_cards_are_the_catalogue(small: bool) -> None:
    catalogue = Catalogue()
    for number in range(1, 13):
        cards = page(number, small=small).css("ul.products > li.product")
        products = catalogue.page(number)
        assert len(cards) == len(products)
        for card, product in zip(cards, products, strict=True):
            assert shown(card.css("h2.product-name.woocommerce-loop-product__title")) == product.name
            assert card.css("a.woocommerce-LoopProduct-link::attr(href)").get() == product.path
            assert card.css("img.product-image::attr(src)").get() == product.image
            assert card.css("a.button::attr(data-product_sku)").get() == product.sku
            assert card.css("a.button::attr(data-product_id)").get() == str(product.number)
            classes = card.attrib["class"].split()
            assert f"post-{product.number}" in classes
            assert ("instock" in classes, "outofstock" in classes) == (product.in_stock, not product.in_stock)
            prices = [shown(amount) for amount in card.css("span.price .woocommerce-Price-amount.amount > bdi")]
            expected = [product.regular_price, product.price] if product.on_sale else [product.price]
            assert [Decimal(price.replace("$", "").replace(",", "")) for price in prices] == expected
            assert len(card.css("del")) == len(card.css("ins")) == int(product.on_sale)


@SIZES
def test_traps_of_the_page(small: bool) -> None:
    last = page(12, small=small)
    counts = last.css("p.woocommerce-result-count::text").getall()
    assert [count.strip() for count in counts] == ["Showing 177–188 of 188 results"] * 2
    assert len(last.css("nav.woocommerce-pagination ul.page-numbers")) == 2
    assert last.css("a.next.page-numbers") == []
    assert last.css("a.page-numbers[href='/ecommerce/page/1/']")
    assert len(last.css(".amount")) == len(last.css("ul.products .amount")) + 1
    assert shown(last.css(".site-header-cart .amount")) == "$0.00"
    assert "?add-to-cart=188" in last.css("a.button::attr(href)").getall()
    first = page(1, small=small)
    assert first.css("a.next.page-numbers::attr(href)").getall() == ["/ecommerce/page/2/"] * 2


@SIZES
def test_categories_in_the_menu_of_every_page(small: bool) -> None:
    paths = [f"/ecommerce/category/{category.slug}/" for category in CATEGORIES]
    product = next(iter(Catalogue()))
    pages = [
        page(1, small=small),
        page(12, small=small),
        Selector(product_document(product, small=small).body.decode()),
    ]
    for selector in pages:
        assert selector.css(".category-navigation a::attr(href)").getall() == paths


@SIZES
def test_a_category_has_its_own_title_total_and_pager(small: bool) -> None:
    catalogue = Catalogue().in_category(CATEGORIES[2])
    second = page(2, catalogue=catalogue, small=small)
    assert second.css("head > title::text").get() == listing_title(2, CATEGORIES[2]) == "Home – Page 2 – demo.localhost"
    assert second.css("h1::text").get() == "Home"
    totals = second.css("p.woocommerce-result-count::text").getall()
    assert [total.strip() for total in totals] == ["Showing 17–32 of 62 results"] * 2
    assert second.css("a.next.page-numbers::attr(href)").get() == "/ecommerce/category/home/page/3/"
    assert second.css("a.prev.page-numbers::attr(href)").get() == "/ecommerce/category/home/page/1/"
    assert page(4, catalogue=catalogue, small=small).css("a.next.page-numbers") == []
    ids = [int(number) for number in second.css("a.button::attr(data-product_id)").getall()]
    assert ids == [product.number for product in catalogue.page(2)]


@SIZES
def test_the_listing_that_grows(small: bool) -> None:
    first = Selector(scroll_document(Catalogue(), small=small).body.decode())
    assert len(first.css("ul.products > li.product")) == 16
    assert first.css("button.load-more::attr(data-next)").getall() == ["/ecommerce/load?page=2"]
    assert first.css(".woocommerce-pagination, .woocommerce-result-count") == []
    only = Selector(scroll_document(Catalogue(16), small=small).body.decode())
    assert only.css("button.load-more") == []


def test_names_hold_entities_and_double_spaces() -> None:
    source = "".join(listing_document(Catalogue(), number, small=True).body.decode() for number in range(1, 13))
    assert source.count("&trade;") == 24
    assert source.count("®") == 24
    assert source.count("Men&#8217;s") == 23
    assert sum("  " in title for title in re.findall(r'loop-product__title">(.*?)</h2>', source)) == 19
    assert "</span>1,102.03</bdi>" in source


@pytest.mark.parametrize(
    ("number", "numbers"),
    [
        (1, ["1", "2", "3", "4", "…", "10", "11", "12", "→"]),
        (6, ["←", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "→"]),
        (8, ["←", "1", "2", "3", "…", "5", "6", "7", "8", "9", "10", "11", "12", "→"]),
        (12, ["←", "1", "2", "3", "…", "9", "10", "11", "12"]),
    ],
)
def test_pager(number: int, numbers: list[str]) -> None:
    pager = page(number).css("nav.woocommerce-pagination")[0]
    assert pager.css(".page-numbers li *::text").getall() == numbers
    assert pager.css("span.current::text").getall() == [str(number)]


def test_pager_of_a_big_catalogue_names_the_last_page() -> None:
    pager = page(50_000, catalogue=Catalogue(1_600_000), small=True).css("nav.woocommerce-pagination")[0]
    assert len(pager.css("span.dots")) == 2
    last = pager.css("a.page-numbers:not(.next)")[-1]
    assert (last.attrib["href"], last.css("::text").get()) == ("/ecommerce/page/100000/", "100,000")


@pytest.mark.parametrize(("products", "text"), [(1, "Showing the single result"), (16, "Showing all 16 results")])
def test_a_listing_of_one_page_has_no_pager(products: int, text: str) -> None:
    only = page(1, catalogue=Catalogue(products))
    assert [count.strip() for count in only.css("p.woocommerce-result-count::text").getall()] == [text] * 2
    assert only.css("nav.woocommerce-pagination") == []


@pytest.mark.parametrize("number", [1, 2, 12, 62_501])
def test_sizes(number: int) -> None:
    catalogue = Catalogue() if number < 13 else Catalogue(1_000_001)
    full = listing_document(catalogue, number, small=False).body
    small = listing_document(catalogue, number, small=True).body
    least = 72_000 if len(catalogue.page(number)) == 1 else 75_000
    assert least <= len(full) <= 115_000
    assert len(small) < 14_000


@SIZES
def test_gzip_of_a_page_is_the_page(small: bool) -> None:
    for number in (1, 12):
        document = listing_document(Catalogue(), number, small=small)
        assert gzip.decompress(document.gzipped) == document.body
        assert len(document.gzipped) < len(document.body) / 4


@SIZES
def test_product_pages_are_the_catalogue(small: bool) -> None:
    for product in Catalogue():
        selector = Selector(product_document(product, small=small).body.decode())
        assert shown(selector.css("h1.product_title")) == product.name
        assert selector.css("head > title::text").re_first(r"(.*) – demo.localhost$") == product.typed_name
        assert selector.css("span.sku::text").get() == product.sku
        data = json.loads(selector.css("script[type='application/ld+json']::text").get() or "")
        item = next(node for node in data["@graph"] if node["@type"] == "Product")
        assert item["name"] == product.name
        assert item["description"] == product.description
        assert item["image"] == product.image
        assert item["sku"] == product.sku
        assert item["gtin13"] == product.gtin
        assert item["brand"]["name"] == product.brand
        (offer,) = item["offers"]
        assert Decimal(offer["price"]) == product.price
        assert offer["priceCurrency"] == product.currency
        assert offer["availability"].endswith("InStock" if product.in_stock else "OutOfStock")
        rating = item.get("aggregateRating")
        assert (rating and Decimal(rating["ratingValue"])) == product.rating
        assert (rating["reviewCount"] if rating else 0) == product.review_count


def test_all_links_are_relative() -> None:
    links = page(4).css("::attr(href), ::attr(src), ::attr(action)").getall()
    assert {link[0] for link in links} == {"/", "?", "#"}

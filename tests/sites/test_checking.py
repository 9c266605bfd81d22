"""What a page gives is compared with what is expected of it, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.sites.checking import Difference, differences, drafted_expectation, read_values
from ecomscraper.sites.loader import load_profile

LISTING = """<title>Shop &#8211; Acme</title><p class="woocommerce-result-count">Showing 1–2 of 20 results</p>
<ul class="products"><li class="product instock"><a href="/p/1"><h2>One</h2><span class="price">$1.50</span></a></li>
<li class="product"><a href="/p/2"><h2>Two</h2></a></li></ul>"""
PRODUCT = """<title>One</title><h1>One</h1><p class="price">$1.50</p><button class="add-to-cart">Add to cart</button>"""


def values(body: str) -> dict[str, Any]:
    document = parse_document(body.encode(), url="http://demo.localhost/ecommerce/")
    return read_values(document, load_profile("demo").profile)


def test_listing_is_expected_to_give_its_products() -> None:
    assert drafted_expectation(values(LISTING)) == {
        "url": "http://demo.localhost/ecommerce/",
        "title": "Shop – Acme",
        "name": "Shop",
        "site_title": "Acme",
        "declared_total": 20,
        "last_page": None,
        "cards": 2,
        "products": [
            {
                "url": "http://demo.localhost/p/1",
                "name": "One",
                "price": "1.50",
                "regular_price": "1.50",
                "availability": "InStock",
            },
            {"url": "http://demo.localhost/p/2", "name": "Two"},
        ],
    }


def test_product_page_is_expected_to_give_its_product() -> None:
    expected = drafted_expectation(values(PRODUCT))

    assert list(expected) == ["url", "title", "product"]
    assert (expected["product"]["name"], expected["product"]["price"]) == ("One", "1.50")


MENU = """<nav><a href="one/">One</a> <a href="/two/">Two</a></nav><a href="/cart/">Cart</a>"""


def test_the_start_of_a_site_with_a_menu_is_expected_to_lead_to_its_listings() -> None:
    profile = load_profile("demo", overrides={"menu": "nav a"}).profile
    document = parse_document(MENU.encode(), url=profile.start)
    expected = drafted_expectation(read_values(document, profile))
    assert expected["menu"] == ["http://demo.localhost/ecommerce/one/", "http://demo.localhost/two/"]
    assert list(expected) == ["url", "title", "menu"]
    elsewhere = parse_document(MENU.encode(), url="http://demo.localhost/two/")
    assert read_values(elsewhere, profile)["menu"] == []


def test_what_is_drafted_is_what_is_found() -> None:
    for body in (LISTING, PRODUCT):
        assert differences(drafted_expectation(values(body)), values(body)) == []


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        ({"declared_total": 21}, Difference("declared_total", "21", "20")),
        ({"last_page": 2}, Difference("last_page", "2", "nothing")),
        ({"cards": 2, "title": "Shop"}, Difference("title", '"Shop"', '"Shop – Acme"')),
        ({"products": []}, Difference("number of products", "0", "2")),
        (
            {"products": [{"name": "One"}, {"url": "http://demo.localhost/p/2", "name": "2"}]},
            Difference("products[2].name", '"2"', '"Two"'),
        ),
        ({"products": [{"name": "One"}, {"name": "Two"}]}, Difference("products[1].price", "nothing", '"1.50"')),
    ],
)
def test_each_difference_names_its_field(expected: dict[str, Any], difference: Difference) -> None:
    assert difference in differences(expected, values(LISTING))


def test_numbers_and_words_for_truth_differ() -> None:
    assert differences({"cards": True}, {"cards": 1}) == [Difference("cards", "true", "1")]


def test_a_difference_is_a_line() -> None:
    assert str(Difference("cards", "1", "nothing")) == "cards: expected 1, found nothing"

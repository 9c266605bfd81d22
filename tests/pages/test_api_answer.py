from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ecomscraper.pages.api_answer import ApiAnswer, read_api_answer
from ecomscraper.pages.guards import PageRefused
from ecomscraper.pages.product_fields import ProductFields
from ecomscraper.sites.profile import SiteProfile

URL = "https://shop.example/api?page=2"


def profile(pagination: dict[str, Any] | None = None, **tables: Any) -> SiteProfile:
    return SiteProfile.model_validate(
        {
            "name": "acme",
            "start": "https://shop.example/",
            "pagination": {"strategy": "api", "page_url": "/api?page={page}", **(pagination or {})},
            **tables,
        }
    )


def answer(data: Any, site: SiteProfile, **headers: str) -> ApiAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_api_answer(data, headers=named, url=URL, page=2, profile=site)


def product(item: dict[str, Any], **tables: Any) -> ProductFields:
    (found,) = answer([item], profile(**tables)).products
    return found


def test_minor_units_and_places() -> None:
    api = {
        "minor_unit": "/prices/unit",
        "product": {"name": "/title", "price": "/prices/now", "regular_price": "/prices/before", "url": "/link"},
    }
    item = {"title": "A &amp; B", "prices": {"now": "1999", "before": "2450", "unit": 2}, "link": "/p/1"}
    found = product(item, api=api)
    assert (found.name, found.price, found.regular_price) == ("A & B", Decimal("19.99"), Decimal("24.50"))
    assert found.url == "https://shop.example/p/1"
    assert found.source["price"] == "json:/prices/now"
    assert product({**item, "prices": {"now": "1999", "unit": 0}}, api=api).price == Decimal(1999)  # yen
    assert product(item, api={**api, "minor_unit": 3}).price == Decimal("1.999")


def test_usual_names_need_no_places() -> None:
    found = product(
        {"id": 7, "name": "Lamp", "price": 12.5, "list_price": 15, "currency": "EUR", "in_stock": False, "sku": "L-7"}
    )
    assert (found.name, found.price, found.regular_price, found.currency) == (
        "Lamp",
        Decimal("12.5"),
        Decimal(15),
        "EUR",
    )
    assert (found.availability, found.sku) == ("OutOfStock", "L-7")


def test_shopifys_shape_needs_no_places() -> None:
    variants = [
        {"id": 1, "price": "20.00", "compare_at_price": "25.00", "available": True, "sku": "a"},
        {"id": 2, "price": "18.00", "compare_at_price": None, "available": False, "sku": "b"},
    ]
    item = {
        "id": 9,
        "title": "Mug",
        "handle": "mug",
        "vendor": "Acme",
        "body_html": "<p>Nice</p>",
        "variants": variants,
    }
    found = product(item, api={"product_url": "/products/{/handle}"})
    assert (found.url, found.name, found.brand) == ("https://shop.example/products/mug", "Mug", "Acme")
    assert (found.price, found.regular_price, found.availability) == (Decimal("20.00"), Decimal("25.00"), "InStock")


@pytest.mark.parametrize("nothing", [{"price": 0}, {"price": "0.00"}, {"price": None}, {}])
def test_a_price_of_nothing_is_none(nothing: dict[str, Any]) -> None:
    found = product({"name": "Lamp", "id": 1, **nothing}, api={"product": {"name": "/name", "price": "/price"}})
    assert (found.price, found.regular_price, found.currency) == (None, None, None)


def test_a_rating_of_nobody_is_none() -> None:
    places = {"name": "/name", "rating": "/average_rating", "review_count": "/review_count"}
    found = product({"name": "Lamp", "average_rating": "0", "review_count": 0}, api={"product": places})
    assert found.rating is None


def test_what_an_answer_says_of_its_listing() -> None:
    site = profile(api={"total": "header:X-WP-Total", "pages": "/meta/pages", "products": "/data"})
    listing = answer({"data": [{"name": "a"}], "meta": {"pages": 4}}, site, x_wp_total="188").listing
    assert (listing.declared_total, listing.last_page, listing.cards, listing.next_url) == (188, 4, 1, None)
    silent = answer({"data": []}, site).listing
    assert (silent.declared_total, silent.last_page, silent.cards) == (None, None, 0)


@pytest.mark.parametrize("total", ["many", -1, True, "1e3", "9" * 30, 12.5, None])
def test_a_total_that_is_no_number_is_none(total: Any) -> None:
    site = profile(api={"total": "/total", "products": "/data"})
    assert answer({"data": [], "total": total}, site).listing.declared_total is None


AFTER = {"page_url": "/api?after={cursor}"}
LINKED = {"page_url": ""}
PAGE_3 = "https://shop.example/api?page=3"


@pytest.mark.parametrize(
    ("pagination", "places", "data", "headers", "next_url", "last_page"),
    [
        (AFTER, {"next": "/next"}, {"next": "a=/&"}, {}, "https://shop.example/api?after=a%3D%2F%26", None),
        (AFTER, {"next": "/next"}, {"next": None}, {}, None, 2),
        (LINKED, {"next": "/next"}, {"next": "/api?page=3"}, {}, PAGE_3, None),
        (LINKED, {"next": "header:X-Next"}, {}, {"x_next": "?page=3"}, PAGE_3, None),
        (LINKED, {}, {}, {"link": "<?page=3>; rel=next"}, PAGE_3, None),
        (LINKED, {}, {}, {}, None, None),
        ({}, {"next": "/more"}, {"more": True}, {}, None, None),
        ({}, {"next": "/more"}, {"more": False}, {}, None, 2),  # the number that was asked for is the last one
        ({}, {}, {}, {"link": "<?page=3>; rel=next"}, None, None),  # numbers do not need it
    ],
)
def test_where_an_answer_goes_on(
    pagination: dict[str, Any],
    places: dict[str, Any],
    data: dict[str, Any],
    headers: dict[str, str],
    next_url: str | None,
    last_page: int | None,
) -> None:
    site = profile(pagination, api={"products": "/data", **places})
    listing = answer({"data": [], **data}, site, **headers).listing
    assert (listing.next_url, listing.last_page) == (next_url, last_page)


@pytest.mark.parametrize("data", [{"error": "no"}, {"data": "x"}, [], None, 5])
def test_an_answer_without_a_list_is_refused(data: Any) -> None:
    with pytest.raises(PageRefused) as refused:
        answer(data, profile(api={"products": "/data"}))
    assert refused.value.reason == "no_list"


def test_a_list_by_id_is_a_list() -> None:
    found = answer({"7": {"name": "a"}, "9": {"name": "b"}}, profile(api={"product": {"name": "/name"}}))
    assert [one.name for one in found.products] == ["a", "b"]


def test_what_names_no_product_is_counted_and_left_out() -> None:
    found = answer([{"id": 1}, "x", None, {"name": "a"}], profile(api={"product": {"name": "/name"}}))
    assert ([one.name for one in found.products], found.listing.cards) == (["a"], 4)


def test_two_answers_are_the_same_if_their_products_are() -> None:
    def fingerprint(items: list[Any]) -> str | None:
        return answer(items, profile(api={"product": {"name": "/name", "url": "/url"}})).listing.fingerprint

    first = [{"name": "a", "url": "/a?PHPSESSID=1", "seen": 1}, {"name": "b", "url": "/b"}]
    assert fingerprint(first) == fingerprint([{"name": "a", "url": "/a", "seen": 2}, first[1]])
    assert fingerprint(first) != fingerprint(first[::-1])
    assert fingerprint([]) == fingerprint([])
    assert fingerprint([{"id": 1}]) != fingerprint([{"id": 2}])  # what cannot be read may still differ


def test_pieces_of_html_are_read_as_cards() -> None:
    site = profile(api={"html": "/html"}, listing={"card": "li"})
    html = '<li><a href="/p/1"><h2>Lamp</h2></a><span class="price">€12.00</span></li>'
    found = answer({"html": html}, site)
    assert [(one.name, one.price, one.url) for one in found.products] == [
        ("Lamp", Decimal("12.00"), "https://shop.example/p/1")
    ]
    assert found.listing.cards == 1
    assert answer({"html": ""}, site).listing.cards == 0
    with pytest.raises(PageRefused, match="there is no HTML at /html"):
        answer({}, site)

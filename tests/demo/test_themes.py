from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from ecomscraper.demo.catalogue import Catalogue, in_theme
from ecomscraper.demo.goods import DemoProduct
from ecomscraper.demo.options import PastEnd
from ecomscraper.demo.themes.pages import PAGES_OF_THEME
from ecomscraper.demo.themes.site import Site, relative
from ecomscraper.demo.themes.theme import DEFAULT, THEMES

Serve = Callable[..., Any]
OTHERS = [name for name in THEMES if name != DEFAULT]
each_theme = pytest.mark.parametrize("theme", OTHERS)


def test_there_are_eight_and_the_default() -> None:
    assert OTHERS == ["bootstrap", "books", "magento", "prestashop", "shopify", "next", "japanese", "plain"]
    assert list(PAGES_OF_THEME) == OTHERS
    assert len({theme.language for theme in THEMES.values()}) == 9
    assert {theme.currency for theme in THEMES.values()} == {"USD", "GBP", "EUR", "CAD", "CHF", "JPY", "SEK"}


@pytest.mark.parametrize(
    ("theme", "printed"),
    [
        ("woocommerce", ["$1,102.03", "$9.60", "$290.00"]),
        ("bootstrap", ["$1102.03", "$9.60", "$290.00"]),
        ("books", ["£1102.03", "£9.60", "£290.00"]),
        ("magento", ["1.102,03\xa0€", "9,60\xa0€", "290,00\xa0€"]),
        ("prestashop", ["1\u202f102,03\xa0€", "9,60\xa0€", "290,00\xa0€"]),
        ("shopify", ["$1,102.03 CAD", "$9.60 CAD", "$290.00 CAD"]),
        ("next", ["CHF 1'102.03", "CHF 9.60", "CHF 290.–"]),
        ("japanese", ["¥ 110,203", "¥ 960", "¥ 29,000"]),
        ("plain", ["1\xa0102,03\xa0kr", "9,60\xa0kr", "290,00\xa0kr"]),
    ],
)
def test_amounts(theme: str, printed: list[str]) -> None:
    look = THEMES[theme]
    amounts = [look.amount(Decimal(text)) for text in ("1102.03", "9.60", "290.00")]
    assert [look.printed_amount(amount) for amount in amounts] == printed


@pytest.mark.parametrize("theme", THEMES)
def test_a_product_is_the_same_in_all_but_its_price(theme: str) -> None:
    look = THEMES[theme]
    for product in Catalogue():
        shown = in_theme(product, look)
        factor = 100 if look.currency == "JPY" else 1
        assert (shown.price, shown.regular_price) == (product.price * factor, product.regular_price * factor)
        assert shown.currency == look.currency
        kept = {field.name for field in fields(DemoProduct)} - {"price", "regular_price", "currency"}
        assert {name: getattr(shown, name) for name in kept} == {name: getattr(product, name) for name in kept}


@pytest.mark.parametrize("theme", THEMES)
def test_fields_that_are_told_exist(theme: str) -> None:
    known = {field.name for field in fields(DemoProduct)} | {"image", "gtin", "description"}
    assert THEMES[theme].on_card | THEMES[theme].on_page <= known


@each_theme
def test_its_addresses_lead_back(theme: str) -> None:
    site = Site("", THEMES[theme])
    product = next(iter(Catalogue()))
    assert site.product_slug(site.product_path(product)) == product.slug
    for page in (1, 2, 12, 100_000):
        below = site.page_path(page).removeprefix("/ecommerce/")
        path, _, query = below.partition("?")
        name, _, value = query.partition("=")
        assert site.page_number(path, {name: value} if name else {}) == page
    assert site.page_number("", {}) == 1
    assert site.page_number("elsewhere/", {}) is None


@pytest.mark.parametrize(
    ("path", "seen_from", "link"),
    [
        ("/t/x/product/a/", "/t/x/ecommerce/", "../product/a/"),
        ("/t/x/product/a/", "/t/x/ecommerce/page-2.html", "../product/a/"),
        ("/t/x/ecommerce/page-3.html", "/t/x/ecommerce/page-2.html", "page-3.html"),
        ("/t/x/ecommerce/", "/t/x/ecommerce/page-2.html", "./"),
        ("/images/1.jpg", "/t/x/ecommerce/category/home/", "../../../../../images/1.jpg"),
    ],
)
def test_relative_links(path: str, seen_from: str, link: str) -> None:
    assert relative(path, seen_from) == link


@each_theme
@pytest.mark.parametrize("base", ["", "/t"])
def test_addresses_of_a_shop(serve: Serve, theme: str, base: str) -> None:
    shop = serve(theme=theme) if not base else serve()
    base = base and f"/t/{theme}"
    home = shop.ask(f"{base}/")
    assert (home.status, home.header("location")) == (302, f"{base}/ecommerce/")
    without_slash = shop.ask(f"{base}/ecommerce")
    assert (without_slash.status, without_slash.header("location")) == (301, f"{base}/ecommerce/")
    page = shop.ask(f"{base}/ecommerce/")
    assert (page.status, page.header("content-type")) == (200, "text/html; charset=UTF-8")
    assert f'<html lang="{THEMES[theme].language}">' in page.body.decode()
    for missing in ("/nothing/", "/ecommerce/category/none/", "/product/no-such-1/", "/products/no-such-1"):
        assert shop.ask(base + missing).status == 404


@pytest.mark.parametrize("path", ["/t/", "/t/none/", "/t/none/ecommerce/", "/t/woocommerce/ecommerce/", "/t/Books/"])
def test_unknown_themes(serve: Serve, path: str) -> None:
    assert serve().ask(path).status == 404


@pytest.mark.parametrize(
    "target",
    [
        "/t/bootstrap/ecommerce/?page=0",
        "/t/bootstrap/ecommerce/?page=x",
        "/t/bootstrap/ecommerce/?page=13",
        "/t/books/ecommerce/page-13.html",
        "/t/books/ecommerce/page-0.html",
        "/t/books/ecommerce/page-2xhtml",
        "/t/plain/ecommerce/?offset=8",
        "/t/plain/ecommerce/?offset=192",
    ],
)
def test_pages_that_are_not_there(serve: Serve, target: str) -> None:
    assert serve().ask(target).status == 404


@each_theme
@pytest.mark.parametrize(
    ("past_end", "status", "shown"),
    [
        (PastEnd.NOT_FOUND, 404, []),
        (PastEnd.SOFT_404, 200, []),
        (PastEnd.REPEAT, 200, list(range(177, 189))),
        (PastEnd.ENDLESS, 200, list(range(17, 33))),
    ],
)
def test_past_the_end(serve: Serve, theme: str, past_end: PastEnd, status: int, shown: list[int]) -> None:
    site = Site(f"/t/{theme}", THEMES[theme])
    reply = serve(past_end=past_end).ask(site.page_path(14))
    assert reply.status == status
    body = reply.body.decode()
    assert [product.number for product in Catalogue() if re.search(rf"\b{product.slug}\b", body)] == shown


def test_an_unknown_theme_is_refused(serve: Serve) -> None:
    with pytest.raises(ValueError, match="theme = 'none', must be one of woocommerce, bootstrap, "):
        serve(theme="none")

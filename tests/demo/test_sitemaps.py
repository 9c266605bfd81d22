from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from ecomscraper.demo.catalogue import Catalogue
from ecomscraper.demo.options import ShopOptions
from ecomscraper.demo.storefront import Storefront

Serve = Callable[..., Any]
ORIGIN = "http://demo.localhost"
SCHEMA = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def values(xml: bytes, name: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(xml).iter(f"{SCHEMA}{name}")]


@pytest.mark.parametrize(("index", "ending"), [("/sitemap.xml", ""), ("/sitemap-index-gz.xml", ".gz")])
@pytest.mark.parametrize("base", ["", "/t/shopify"])
def test_it_leads_to_every_product(serve: Serve, base: str, index: str, ending: str) -> None:
    shop = serve()
    files = values(shop.ask(f"{base}{index}").body, "loc")
    names = [f"{ORIGIN}{base}/sitemap-{name}.xml{ending}" for name in ("listings", "products-1")]
    assert files == names
    reply = shop.ask(files[1].removeprefix(ORIGIN), "Accept-Encoding: gzip")
    packed = reply.header("content-type") == "application/gzip"
    assert (reply.header("content-encoding"), packed) == ((None, True) if ending else ("gzip", False))
    products = gzip.decompress(reply.body)
    catalogue = Catalogue()
    addresses = values(products, "loc")
    scheme = "/products/{}" if base else "/product/{}/"
    assert addresses == [f"{ORIGIN}{base}{scheme.format(product.slug)}" for product in catalogue]
    assert values(products, "lastmod") == [str(catalogue.last_changed(product)) for product in catalogue]
    assert shop.ask(addresses[187].removeprefix(ORIGIN)).status == 200


def test_listings_have_a_file_of_their_own(serve: Serve) -> None:
    shop = serve()
    addresses = values(shop.ask("/sitemap-listings.xml").body, "loc")
    slugs = ("outdoor", "travel", "home", "gifts", "new-season")
    assert addresses == [f"{ORIGIN}/ecommerce/", *(f"{ORIGIN}/ecommerce/category/{slug}/" for slug in slugs)]
    assert {shop.ask(address.removeprefix(ORIGIN)).status for address in addresses} == {200}


def test_robots_txt_names_it(serve: Serve) -> None:
    shop = serve()
    assert shop.get("/robots.txt").endswith(f"\nSitemap: {ORIGIN}/sitemap.xml\n")
    elsewhere = shop.ask("/robots.txt", host="127.0.0.1:8123")
    assert elsewhere.body.endswith(b"\nSitemap: http://127.0.0.1:8123/sitemap.xml\n")


def test_files_hold_50000() -> None:
    shop = Storefront(ShopOptions(products=100_001))
    assert len(values(shop.answer("/sitemap.xml").document.body, "loc")) == 4
    counts = [shop.answer(f"/sitemap-products-{n}.xml").document.body.count(b"<url>") for n in (1, 2, 3)]
    assert counts == [50_000, 50_000, 1]
    assert shop.answer("/sitemap-products-4.xml").status == 404


@pytest.mark.parametrize("path", ["/sitemap-products-0.xml", "/sitemap-products-2.xml", "/sitemap-cart.xml"])
def test_unknown_files(serve: Serve, path: str) -> None:
    assert serve().ask(path).status == 404


def test_version_2_says_what_is_younger(serve: Serve) -> None:
    days = values(serve(version=2).ask("/sitemap-products-1.xml").body, "lastmod")
    assert (len(days), days.count("2025-09-01")) == (189, 8)

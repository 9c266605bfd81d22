"""The shop's addresses for search engines: <https://www.sitemaps.org/protocol.html>.

`/sitemap.xml` is an index of files with at most 50,000 product pages each, and of one file with the listings;
`/sitemap-index-gz.xml` names the same files compressed.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.categories import CATEGORIES
from ecomscraper.demo.document import Document
from ecomscraper.demo.themes.shelf import Shelf

INDEX_PATH = "/sitemap.xml"
PACKED_INDEX_PATH = "/sitemap-index-gz.xml"
MOST_IN_A_FILE = 50_000
_PRODUCTS = re.compile(r"/sitemap-products-([1-9][0-9]{0,8})\.xml(\.gz)?")
_LISTINGS = re.compile(r"/sitemap-listings\.xml(\.gz)?")
_XML = "application/xml; charset=UTF-8"
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap_answer(shelf: Shelf, path: str, origin: str) -> Answer | None:
    """The sitemap at `path` (without the site's base), or None if it is the address of something else."""
    if path in (INDEX_PATH, PACKED_INDEX_PATH):
        return _answered(_index(shelf, origin, ".gz" if path == PACKED_INDEX_PATH else ""), packed=False)
    if match := _LISTINGS.fullmatch(path):
        return _answered(_listings(shelf, origin), packed=bool(match[1]))
    match = _PRODUCTS.fullmatch(path)
    if match is None or int(match[1]) > _files(shelf):
        return None
    return _answered(_products(shelf, int(match[1]), origin), packed=bool(match[2]))


def _files(shelf: Shelf) -> int:
    return -(-shelf.catalogue.total // MOST_IN_A_FILE)


def _index(shelf: Shelf, origin: str, ending: str) -> str:
    names = ["listings", *(f"products-{number}" for number in range(1, _files(shelf) + 1))]
    urls = (f"{origin}{shelf.site.base}/sitemap-{name}.xml{ending}" for name in names)
    entries = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>\n" for url in urls)
    return f'<sitemapindex xmlns="{_SCHEMA}">\n{entries}</sitemapindex>\n'


def _listings(shelf: Shelf, origin: str) -> str:
    paths = (shelf.site.listing_path(category) for category in (None, *CATEGORIES))
    return _url_set(f"<url><loc>{escape(origin + path)}</loc></url>\n" for path in paths)


def _products(shelf: Shelf, number: int, origin: str) -> str:
    catalogue = shelf.catalogue
    products = catalogue.part((number - 1) * MOST_IN_A_FILE, MOST_IN_A_FILE)
    return _url_set(
        f"<url><loc>{escape(origin + shelf.site.product_path(product))}</loc>"
        f"<lastmod>{catalogue.last_changed(product)}</lastmod></url>\n"
        for product in products
    )


def _url_set(entries: Iterable[str]) -> str:
    return f'<urlset xmlns="{_SCHEMA}">\n{"".join(entries)}</urlset>\n'


def _answered(xml: str, *, packed: bool) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}'.encode()
    if packed:
        return Answer(200, Document((gzip.compress(body, 6, mtime=0),)), "application/gzip", as_is=True)
    return Answer(200, Document((body,)), _XML)

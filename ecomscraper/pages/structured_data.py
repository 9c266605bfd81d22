"""The products that a page describes for machines: JSON-LD, microdata, RDFa, OpenGraph."""

from __future__ import annotations

from collections.abc import Iterable

from ecomscraper.pages.document import Document
from ecomscraper.pages.json_ld import Found, Graph
from ecomscraper.pages.microdata import read_microdata, read_rdfa
from ecomscraper.pages.open_graph import Properties, read_open_graph
from ecomscraper.pages.page_currency import PageCurrency
from ecomscraper.pages.product_fields import Candidate
from ecomscraper.pages.schema_product import SchemaReader
from ecomscraper.pages.scripts import PageScripts

_TELLING = ("name", "price", "sku", "gtin", "availability")  # without any of these it tells nothing


def read_structured_data(
    document: Document, scripts: PageScripts, properties: Properties, currency: PageCurrency, *, url: str
) -> list[Candidate]:
    """A candidate for each product of each syntax, the page's own and others, in document order."""
    base = document.base_url or url
    graph = Graph(scripts.json_ld)
    linked = SchemaReader(base, url, currency, graph.resolved)
    plain = SchemaReader(base, url, currency)
    found = _candidates("json-ld", graph.products(), linked)
    found += _candidates("microdata", read_microdata(document), plain)
    found += _candidates("rdfa", read_rdfa(document), plain)
    if opened := read_open_graph(properties, base):
        found.append(opened)
    return found


def _candidates(source: str, products: Iterable[Found], reader: SchemaReader) -> list[Candidate]:
    found = []
    for product in products:
        fields, variants = reader.product(product.thing)
        if any(getattr(fields, name) is not None for name in _TELLING):
            found.append(Candidate(source, fields, tuple(variants), product.is_related))
    return found

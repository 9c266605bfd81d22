"""Places that a profile may name."""

from __future__ import annotations

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.product_fields import text_of
from ecomscraper.pages.product_selectors import Places, check_place

PAGE = b"""<meta property="og:title" content="Og"><meta property="product:brand" content="Brand"><h1> H \n 1</h1><p></p>
<script type="application/ld+json">{"@graph": [{"@type": "Product", "name": "Ld", "offers": [{"@id": "#o"}]},
{"@id": "#o", "@type": "Offer", "price": 5}]}</script>
<script type="application/json">{"a": 1}</script><script type="application/json">{"a~b": [{"c/d": "Pointed"}]}</script>
<div itemscope itemtype="http://schema.org/Product"><i itemprop="name">Md</i></div>"""


@pytest.mark.parametrize(
    ("places", "value", "place"),
    [
        (("h1",), "H 1", "h1"), (("h2", "p", "h1"), "H 1", "h1"), (("xpath://h1",), "H 1", "xpath://h1"),
        (("jsonld:name",), "Ld", "jsonld:name"), (("jsonld:offers.price",), "5", "jsonld:offers.price"),
        (("jsonld:offers",), None, ""), (("jsonld:none.at.all",), None, ""),
        (("microdata:name",), "Md", "microdata:name"),
        (("og:title",), "Og", "og:title"),
        (("og:product:brand",), "Brand", "og:product:brand"), (("og:none",), None, ""),
        (("json:/a~0b/0/c~1d",), "Pointed", "json:/a~0b/0/c~1d"),
        (("json:/a~0b/9/c",), None, ""), (("json:/x",), None, ""),
        ((), None, ""),
    ],
)  # fmt: skip
def test_the_first_place_that_gives_a_value(places: tuple[str, ...], value: str | None, place: str) -> None:
    assert Places(parse_document(PAGE)).first(places, text_of) == (value, place)


@pytest.mark.parametrize(
    "place", ["h1", "a::attr(href)", "xpath://h1", "jsonld:name", "og:title", "json:/a/0", "microdata:sku"]
)
def test_right_places(place: str) -> None:
    check_place(place)


@pytest.mark.parametrize("place", ["h1..x", "xpath://[", "jsonld:", "og: ", "microdata:", "json:a", "json:"])
def test_wrong_places(place: str) -> None:
    with pytest.raises(ValueError, match=r"is no|names nothing"):
        check_place(place)

"""The part of a page around one product's price."""

from __future__ import annotations

import pytest

from ecomscraper.pages.document import parse_document
from ecomscraper.pages.price_block import first_price, read_price_block, unmarked_price

AMOUNTS = "<i data-price-amount={0} data-price-type={1}>${0}</i><i data-price-amount={2} data-price-type={3}>${2}</i>"


@pytest.mark.parametrize(
    ("html", "price", "regular"),
    [
        ("<b>5 €</b>", "5", None),
        ("<del>9 €</del> <ins>5 €</ins>", "5", "9"),
        ("<s>$9.00</s><span>$5.00</span>", "5.00", "9.00"),
        ("<span>$9.00</span><span>$5.00</span>", "5.00", "9.00"),
        ("<span class='old-price'>9 €</span><span>5 €</span>", "5", "9"),
        ("<span class='price price--with-list-price'>5 €</span>", "5", None),
        ("<span style='text-decoration: line-through'>9 €</span> 5 €", "5", "9"),
        ("<span class='sr-only'>Was 9 €</span><b>5 €</b>", "5", "9"),
        ("<span class='sr-only'>5 €</span>", "5", None),
        ("<span style='display:none'>3 €</span><b>5 €</b>", "5", None),
        ("<b>5 €</b><i class='unit-price'>1 € / kg</i><i class='savings'>4 €</i>", "5", None),
        ("<meta content='5.00' itemprop='price'><b>5,00</b>", "5.00", None),
        ("<i itemprop='price' content='1.299'>1.299 €</i>", "1299", None),
        ("<i itemprop='price' content='500'>5,00 €</i>", "5.00", None),
        (AMOUNTS.format(5, "finalPrice", 9, "oldPrice"), "5", "9"),
        (AMOUNTS.format(4, "basePrice", 5, "finalPrice"), "5", None),
        ("5<sup>99</sup> €", "5.99", None),
        ("<i>5</i><i class='cents'>99</i> €", "5.99", None),
        ("<script>9 €</script><button>9 €</button>5 €", "5", None),
        ("ab <b>5 €</b> statt <s>9 €</s>", "5", "9"),
        ("<s>9 €</s>", None, "9"),
        ("on request", None, None),
    ],
)  # fmt: skip
def test_what_is_asked_and_what_was(html: str, price: str | None, regular: str | None) -> None:
    (element,) = parse_document(f"<div class=x>{html}</div>".encode()).tree.xpath("//div")
    pair = read_price_block(element)
    assert (pair.price and str(pair.price.amount), pair.regular and str(pair.regular.amount)) == (price, regular)


@pytest.mark.parametrize(
    ("html", "price", "regular"),
    [
        ("<p>on request</p><p>5 €</p>", "5", None),
        ("<p>9 €</p><p>5 €</p>", "5", "9"),
        ("<p><s>9 €</s></p><p>5 €</p>", "5", "9"),
        ("<p><s>9 €</s></p>", "9", None),
        ("<p>5 €</p><section><div><ul><li><p>3 €</p></li></ul></div></section>", "5", None),
        ("<p>no</p>", None, None),
    ],
)
def test_the_first_of_several_elements(html: str, price: str | None, regular: str | None) -> None:
    elements = parse_document(f"<div>{html}</div>".encode()).tree.xpath("//p")
    pair, element = first_price(elements)
    assert (pair.price and str(pair.price.amount), pair.regular and str(pair.regular.amount)) == (price, regular)
    assert (element is None) == (price is None)


def test_a_price_without_any_mark_needs_a_sign() -> None:
    elements = parse_document("<p>12</p><p>5 stars</p><p>Only € 5</p><p>€ 9</p>".encode()).tree.xpath("//p")
    pair, element = unmarked_price(elements)
    assert pair.price is not None
    assert (str(pair.price.amount), element) == ("5", elements[2])

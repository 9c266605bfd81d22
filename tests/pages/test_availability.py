"""Whether a product can be had, in the words of many shops."""

from __future__ import annotations

import pytest

from ecomscraper.pages.availability import (
    TERMS,
    availability_of_classes,
    best_availability,
    read_availability,
)


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("form", ["http://schema.org/{}", "https://schema.org/{}/", "schema:{}", "{}", "  {} "])
def test_schema_terms(form: str, term: str) -> None:
    assert read_availability(form.format(term)) == term
    assert read_availability(form.format(term.lower())) == term


@pytest.mark.parametrize(
    ("value", "term"),
    [
        ("in stock", "InStock"), ("In Stock.", "InStock"), ("12 in stock", "InStock"), ("instock", "InStock"),
        ("in_stock", "InStock"), ("available for order", "InStock"),
        (True, "InStock"), ("Auf Lager", "InStock"),
        ("sofort lieferbar", "InStock"), ("En stock", "InStock"),
        ("Disponible", "InStock"), ("Disponibile", "InStock"),
        ("Op voorraad", "InStock"), ("Dostępny", "InStock"), ("Skladem", "InStock"), ("På lager", "InStock"),
        ("I lager", "InStock"), ("В наличии", "InStock"), ("在庫あり", "InStock"), ("Em estoque", "InStock"),
        ("out of stock", "OutOfStock"), ("oos", "OutOfStock"),
        (False, "OutOfStock"), ("Currently unavailable", "OutOfStock"),
        ("Not in stock", "OutOfStock"), ("Nicht vorrätig", "OutOfStock"), ("Nicht auf Lager", "OutOfStock"),
        ("Rupture de stock", "OutOfStock"), ("No disponible", "OutOfStock"), ("Niet op voorraad", "OutOfStock"),
        ("Non disponibile", "OutOfStock"), ("Brak w magazynie", "OutOfStock"), ("Není skladem", "OutOfStock"),
        ("Ej i lager", "OutOfStock"), ("Нет в наличии", "OutOfStock"),
        ("在庫なし", "OutOfStock"), ("0 in stock", "OutOfStock"),
        ("Sold out", "SoldOut"), ("Ausverkauft", "SoldOut"), ("Épuisé", "SoldOut"), ("Agotado", "SoldOut"),
        ("Uitverkocht", "SoldOut"), ("売り切れ", "SoldOut"),
        ("Pre-order now", "PreOrder"), ("Vorbestellbar", "PreOrder"),
        ("予約受付中", "PreOrder"), ("Available on backorder", "BackOrder"), ("sur commande", "BackOrder"),
        ("Only 3 left", "LimitedAvailability"),
        ("Nur noch 2 Stück", "LimitedAvailability"), ("Low stock", "LimitedAvailability"),
        ("Discontinued", "Discontinued"),
        ("Nicht mehr lieferbar", "Discontinued"), ("No longer available", "Discontinued"),
        ("", None), (None, None), ("Blue", None), ("Notify me when back in stock", None),
        ("Sold out. Notify me", "SoldOut"),
        ("http://schema.org/NewCondition", None), ("Add to cart", None),
        ("https://shop.example/in-stock/list", None), ("x" * 400 + " in stock", None), (12, None),
    ],
)  # fmt: skip
def test_words(value: object, term: str | None) -> None:
    assert read_availability(value) == term


@pytest.mark.parametrize(
    ("classes", "term"),
    [
        ("product instock sale", "InStock"),
        ("outofstock", "OutOfStock"),
        ("stock onbackorder", "BackOrder"),
        ("x", None),
    ],
)
def test_classes(classes: str, term: str | None) -> None:
    assert availability_of_classes(classes.split()) == term


@pytest.mark.parametrize(
    ("terms", "best"),
    [
        (["OutOfStock", "InStock"], "InStock"),
        (["SoldOut", None, "PreOrder"], "PreOrder"),
        (["OutOfStock", "OutOfStock"], "OutOfStock"),
        ([None], None),
        ([], None),
    ],
)
def test_a_product_can_be_had_if_one_variant_can(terms: list[str | None], best: str | None) -> None:
    assert best_availability(terms) == best

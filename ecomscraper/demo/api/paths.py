"""Which API answers at which address."""

from __future__ import annotations

from collections.abc import Callable

from ecomscraper.demo.answer import Answer
from ecomscraper.demo.api import lists, shopify, woocommerce
from ecomscraper.demo.api.question import Question

API_OF_PATH: dict[str, Callable[[Question], Answer]] = {
    woocommerce.PATH: woocommerce.products_answer,
    shopify.PATH: shopify.products_answer,
    lists.OFFSET_PATH: lists.offset_answer,
    lists.CURSOR_PATH: lists.cursor_answer,
    lists.LINKED_PATH: lists.linked_answer,
}

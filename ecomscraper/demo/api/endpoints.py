"""Endpoints of one answer each: a product by its number, and an echo of what was sent."""

from __future__ import annotations

from ecomscraper.demo.addresses import ENDPOINT_PATH
from ecomscraper.demo.answer import Answer
from ecomscraper.demo.api.lists import flat_product
from ecomscraper.demo.api.question import Question, json_answer

ECHO_PATH = "/api/echo"
_DIGITS = 15


def product_answer(question: Question) -> Answer:
    """`/api/product/7`: the seventh product of the listing; 404 where there is none."""
    number = question.path.rpartition("/")[2]
    place = int(number) - 1 if number.isascii() and number.isdigit() and len(number) <= _DIGITS else -1
    found = question.shelf.part(place, 1) if place >= 0 else []
    if not found:
        return json_answer({"error": f"there is no product {number[:_DIGITS]}"}, 404)
    return json_answer(flat_product(question, found[0]))


def is_product_endpoint(path: str) -> bool:
    """Whether `path`, below that of a theme, is one product's."""
    return path.startswith(ENDPOINT_PATH)


def echo_answer(method: str, body: bytes, content_type: str) -> Answer:
    """What was sent, as it came."""
    return json_answer({"method": method, "content_type": content_type, "body": body.decode("utf-8", "replace")})

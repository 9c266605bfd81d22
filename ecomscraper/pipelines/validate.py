"""Items that are what they say they are: one that is not is counted in its page and left out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ecomscraper.items import Answer, Bundle, Product, Title

logger = logging.getLogger(__name__)


def title_problem(title: Title) -> str | None:
    """Why a `Title` is not valid, or None."""
    if not title.title:
        return "title is empty"
    if title.page < 1:
        return f"page is {title.page}, must be ≥ 1"
    if not title.final_url.startswith(("http://", "https://")):
        return f"final_url is {title.final_url!r}, must be http or https"
    return None


def product_problem(product: Product) -> str | None:
    """Why a `Product` is not valid, or None."""
    if not product.name:
        return "name is empty"
    if product.price is not None and product.price < 0:
        return f"price is {product.price}, must be ≥ 0"
    if product.currency is not None and not (len(product.currency) == 3 and product.currency.isupper()):
        return f"currency is {product.currency!r}, must be an ISO 4217 code"
    return None


def answer_problem(answer: Answer) -> str | None:
    """Why an `Answer` is not valid, or None."""
    if answer.status is None or not 100 <= answer.status <= 599:
        return f"status is {answer.status}, must be 100 to 599"
    if answer.final_url is None or not answer.final_url.startswith(("http://", "https://")):
        return f"final_url is {answer.final_url!r}, must be http or https"
    return None


PROBLEM_OF: dict[type, Callable[[Any], str | None]] = {
    Title: title_problem,
    Product: product_problem,
    Answer: answer_problem,
}


class ValidatePipeline:
    """Keeps the valid items of a page, counts and logs the others."""

    def process_page(self, bundle: Bundle) -> None:
        kept = []
        for item in bundle.items:
            if problem := PROBLEM_OF[type(item)](item):
                bundle.invalid += 1
                logger.warning("An item of page %d is not valid: %s (%s)", bundle.position, problem, bundle.url)
            else:
                kept.append(item)
        bundle.items = kept

"""The tables of a profile that say which pages a listing has, and what an API answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ecomscraper.pages.product_selectors import ProductSelectors
from ecomscraper.sites.value_types import (
    CURSOR,
    OFFSET,
    PAGE_SIZE,
    AnswerPlace,
    Emptied,
    PageUrl,
    Pointer,
    Pointers,
    ProductUrl,
    Selector,
    Table,
    UrlPattern,
)

Strategy = Literal["numbered", "next_link", "sitemap", "api", "url_list"]
NEXT_LINKS = 'a[rel~="next"], link[rel~="next"], a.next, .next > a, .pagination-next a'


def required(table: Any, key: str, *, when: bool) -> Any:
    """`table` without an empty `key`, so that it counts as missing; with one where none is required."""
    if not isinstance(table, Mapping):
        return table
    given = {name: value for name, value in table.items() if name != key or value != ""}
    return given if when else {key: "", **given}


def strategy_of(pagination: Any) -> Any:
    """What a table that is not checked yet names as its strategy."""
    return pagination.get("strategy", "numbered") if isinstance(pagination, Mapping) else "numbered"


class Pagination(Table):
    """Which pages the listing has."""

    strategy: Strategy = Field(
        default="numbered",
        description="numbered: pages 1 to the last; next_link: each page links the next one; sitemap: start is a "
        "sitemap of products' own pages; api: page_url, that of page 1, too, answers with JSON; "
        "url_list: the URLs that -a urls or -a url names.",
    )
    page_size: Annotated[int | None, Field(ge=1), Emptied] = Field(
        default=None,
        description="Cards on a full page: declared total ÷ page_size pages. It stands for {page_size} in page_url, "
        "and {offset} there is the number of cards on the pages before.",
    )
    page_url: PageUrl = Field(
        description="The URL of page 2 and up, with {page} for its number; relative to start as a link on "
        'it would be, such as "page/{page}/" or "?page={page}".'
    )
    last_page: Annotated[int | None, Field(ge=1), Emptied] = Field(
        default=None, description="Number of the last page, from 1. Without it the first page read tells."
    )
    pager: Annotated[Selector | None, Emptied] = Field(
        default=None,
        description="The element around the pager: whole numbers and links in it are page numbers.",
    )
    next: Selector = Field(
        default=NEXT_LINKS,
        description="next_link: the link to the next page; the first match with an address counts. An attribute "
        'that holds the address is written as "button::attr(data-next)".',
    )
    most_pages: int = Field(
        default=10_000,
        ge=1,
        description="How many pages are followed where no page tells how many there are: what ends an endless pager.",
    )
    sitemap_urls: Annotated[UrlPattern | None, Emptied] = Field(
        default=None, description="sitemap: regular expression that the sitemaps match which list products."
    )
    product_urls: Annotated[UrlPattern | None, Emptied] = Field(
        default=None, description="sitemap: regular expression that the URLs of products match."
    )

    @model_validator(mode="before")
    @classmethod
    def _page_url_of_numbered_pages(cls, table: Any) -> Any:
        return required(table, "page_url", when=strategy_of(table) == "numbered")

    @field_validator("page_url")
    @classmethod
    def _page_url_fits(cls, template: str, info: ValidationInfo) -> str:
        needs_size = OFFSET in template or PAGE_SIZE in template
        if needs_size and info.data.get("page_size", 0) is None:
            raise ValueError("needs pagination.page_size for its {offset} or {page_size}")
        if CURSOR in template and info.data.get("strategy") != "api":
            raise ValueError('{cursor} needs pagination.strategy = "api"')
        return template


class ApiProduct(Table):
    """JSON pointers to a product's fields, from the product on: one or several, the best first.

    What is not named here is looked for under the names that many shops use.
    """

    url: Pointers = ()
    name: Pointers = ()
    price: Pointers = ()
    regular_price: Pointers = ()
    currency: Pointers = ()
    availability: Pointers = ()
    sku: Pointers = ()
    brand: Pointers = ()
    gtin: Pointers = ()
    image_url: Pointers = ()
    rating: Pointers = ()
    review_count: Pointers = ()
    description: Pointers = ()

    @property
    def selectors(self) -> ProductSelectors:
        """The same for the rules that read products."""
        places = {name: tuple(f"json:{pointer}" for pointer in given) for name, given in self.model_dump().items()}
        return ProductSelectors(**places)


class Api(Table):
    """What stands where in an API's answer. A place is a JSON pointer, "/meta/total", or "header:X-Total"."""

    products: Pointer = Field(
        default="", description='JSON pointer to the list of products; "" is the whole answer. html goes before it.'
    )
    html: Annotated[Pointer | None, Emptied] = Field(
        default=None, description="JSON pointer to the HTML of the cards, where the answer is a piece of a page."
    )
    total: Annotated[AnswerPlace | None, Emptied] = Field(default=None, description="How many products there are.")
    pages: Annotated[AnswerPlace | None, Emptied] = Field(default=None, description="How many pages there are.")
    next: Annotated[AnswerPlace | None, Emptied] = Field(
        default=None,
        description="The next page's URL, or the cursor that stands for {cursor} in page_url, or whether there is one. "
        "Without it a Link header is followed.",
    )
    product_url: Annotated[ProductUrl | None, Emptied] = Field(
        default=None,
        description="The URL of a product's own page where the answer has none, relative to start, with JSON pointers "
        'in braces: "/products/{/handle}".',
    )
    minor_unit: Annotated[int | Pointer | None, Emptied] = Field(
        default=None,
        description="How many digits of a price are behind the point where it is a whole number of cents; "
        "or a JSON pointer to that number, from the product on.",
    )
    product: ApiProduct = ApiProduct()

"""What a profile may say about a shop. The values come from TOML, so the types are strict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urljoin

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ecomscraper.pages.product_selectors import ProductSelectors
from ecomscraper.sites.listing_tables import Api, Pagination, required, strategy_of
from ecomscraper.sites.value_types import (
    PAGE_SIZE,
    Emptied,
    HeaderName,
    HeaderValue,
    HostName,
    Pattern,
    Places,
    Selector,
    Table,
    Url,
)


class Listing(Table):
    """What stands on a listing page."""

    card: Annotated[Selector | None, Emptied] = Field(
        default=None,
        description="Matches each product's card once; counted, so that an empty page is noticed.",
    )


class ProductPlaces(Table):
    """Where a product's fields stand, on a card or on its own page: one place or several, the best first.

    A place is a selector, or `jsonld:offers.price`, `microdata:sku`, `og:title`, `json:/a/json/pointer`. What is
    not named here is looked for by general rules.
    """

    url: Places = ()
    name: Places = ()
    price: Places = ()
    regular_price: Places = ()
    currency: Places = ()
    availability: Places = ()
    sku: Places = ()
    brand: Places = ()
    gtin: Places = ()
    image_url: Places = ()
    rating: Places = ()
    review_count: Places = ()
    description: Places = ()

    @property
    def selectors(self) -> ProductSelectors:
        """The same for the rules that read products."""
        return ProductSelectors(**self.model_dump())


class Limits(Table):
    """How hard the shop may be asked. `-s` on the command line beats it."""

    concurrency: int = Field(default=2, ge=1, description="Requests in flight at once, for each host.")
    delay_seconds: float = Field(default=0.5, ge=0, description="Seconds between two requests to one host.")
    timeout_seconds: float = Field(default=30.0, gt=0, description="Seconds that one try of one request may take.")
    throttle: Literal["auto", "fixed"] = Field(
        default="auto",
        description="auto: slower while the shop answers slowly; fixed: concurrency and delay as they stand.",
    )
    connect_timeout_seconds: float | None = Field(
        default=None, gt=0, description="Seconds until the connection stands; ECOM_TIMEOUT_CONNECT_SECONDS."
    )
    read_timeout_seconds: float | None = Field(
        default=None, gt=0, description="Seconds without a byte of the answer; ECOM_TIMEOUT_READ_SECONDS."
    )
    random_extra_seconds: float | None = Field(
        default=None, ge=0, description="Each delay grows by a random part of this; ECOM_PACE_RANDOM_EXTRA_SECONDS."
    )
    pause_after_requests: int | None = Field(
        default=None, ge=1, description="After so many requests a pause; ECOM_PACE_PAUSE_AFTER_REQUESTS."
    )
    pause_seconds: float | None = Field(
        default=None, gt=0, description="Seconds of that pause; ECOM_PACE_PAUSE_SECONDS."
    )


class Retry(Table):
    """How often and when a page is tried again. What is not set here is as the setting says."""

    times: int | None = Field(default=None, ge=0, description="Tries after the first one; RETRY_TIMES.")
    base_seconds: float | None = Field(
        default=None, ge=0, description="The longest wait before the first retry; ECOM_PACE_BACKOFF_BASE_SECONDS."
    )
    cap_seconds: float | None = Field(
        default=None, ge=0, description="The longest wait before any retry; ECOM_PACE_BACKOFF_CAP_SECONDS."
    )
    also_statuses: tuple[Annotated[int, Field(ge=400, le=599)], ...] | None = Field(
        default=None, strict=False, description="Statuses that pass at this shop, as 403; ECOM_PACE_ALSO_TRANSIENT."
    )


class Robots(Table):
    """Whether robots.txt is obeyed."""

    reason: Annotated[str | None, Emptied] = Field(
        default=None,
        description="Why this shop may be crawled against its robots.txt; logged and kept with the crawl.",
    )
    obey: bool = Field(default=True, description="false needs a reason.")

    @field_validator("obey")
    @classmethod
    def _disobedience_has_a_reason(cls, obey: bool, info: ValidationInfo) -> bool:
        # A reason of the wrong type is not in `data`, and is a problem of its own.
        if not obey and info.data.get("reason", "") is None:
            raise ValueError("needs robots.reason: why this shop may be crawled against its robots.txt")
        return obey


class Expectations(Table):
    """What the shop says of itself, so that a crawl can tell whether it is complete."""

    total: Annotated[Selector | None, Emptied] = Field(
        default=None, description="Where the shop prints how many products the listing has."
    )
    total_pattern: Annotated[Pattern | None, Emptied] = Field(
        default=None,
        description="Regular expression with one group around the total. Without it: the largest number.",
    )


class SiteProfile(Table):
    """A shop as data. Read by `ecomscraper.sites.loader`, never changed afterwards."""

    name: str = Field(description="The name of the profile's file, without .toml.")
    description: str = Field(default="", description="What kind of shop it is, in one line.")
    start: Url = Field(description='Page 1 of the listing, http or https, such as "https://shop.example/all/".')
    platform: Annotated[str | None, Emptied] = Field(
        default=None, description="The preset that this profile builds on."
    )
    title: Annotated[Selector | None, Emptied] = Field(
        default=None, description="Where a page's title stands; without it the document's own title."
    )
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$"), Emptied] = Field(
        default=None, description="ISO 4217 code of the prices, where the shop's pages do not say."
    )
    pagination: Pagination
    listing: Listing = Listing()
    api: Api = Api()
    product: ProductPlaces = ProductPlaces()
    limits: Limits = Limits()
    retry: Retry = Retry()
    hosts: tuple[HostName, ...] = Field(
        default=(), strict=False, description="Other hosts of the same shop that pages may redirect to."
    )
    headers: Mapping[HeaderName, HeaderValue] = Field(
        default={}, repr=False, description="Sent with each request to the shop."
    )
    robots: Robots = Robots()
    expectations: Expectations = Expectations()

    @model_validator(mode="before")
    @classmethod
    def _start_unless_urls_are_listed(cls, table: Any) -> Any:
        if not isinstance(table, Mapping):
            return table
        table = {"pagination": {}, **table}
        return required(table, "start", when=strategy_of(table["pagination"]) != "url_list")

    @property
    def page_template(self) -> str:
        """`pagination.page_url` as an absolute URL that still holds `{page}`, `{offset}`, `{cursor}`; "" without."""
        pagination = self.pagination
        if not pagination.page_url:
            return ""
        return urljoin(self.start, pagination.page_url.replace(PAGE_SIZE, str(pagination.page_size)))

"""What a profile may say about a shop. The values come from TOML, so the types are strict."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ecomscraper.pages.document import check_selector
from ecomscraper.pages.product_selectors import ProductSelectors, check_place
from ecomscraper.pagination.page_ref import url_problem

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, 5.6.2


def _checked_selector(selector: str) -> str:
    check_selector(selector)
    return selector


def _checked_url(url: str) -> str:
    # "" is put in by `_required`, where a strategy needs no URL; from a file it counts as missing.
    if url and (problem := url_problem(url)):
        raise ValueError(problem)
    return url


def _checked_page_url(template: str) -> str:
    if not template:
        return template
    url = urljoin("http://any.invalid/", template)
    parts = urlsplit(url)
    if template.count("{page}") != 1 or "{page}" not in parts.path + parts.query:
        raise ValueError('must contain {page} once, as in "page/{page}/" or "?page={page}"')
    if problem := url_problem(url.replace("{page}", "2")):
        raise ValueError(problem)
    return template


def _checked_pattern(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    if groups != 1:
        raise ValueError(f"must have one group, around the number; it has {groups}")
    return pattern


def _checked_host(host: str) -> str:
    if not _HOST_NAME.fullmatch(host):
        raise ValueError('is no host name: write it without scheme and path, as in "cdn.shop.example"')
    return host.lower()


def _checked_header_name(name: str) -> str:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError("is no header name: letters, digits and hyphens, as in Accept-Language")
    return name


def _checked_header_value(value: str) -> str:
    if not value.replace("\t", " ").isprintable():
        raise ValueError("has a line break or a control character in it")
    return value


def _none_if_blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _required(table: Any, key: str, *, when: bool) -> Any:
    """`table` without an empty `key`, so that it counts as missing; with one where none is required."""
    if not isinstance(table, Mapping):
        return table
    given = {name: value for name, value in table.items() if name != key or value != ""}
    return given if when else {key: "", **given}


def _needs_pages(pagination: Any) -> bool:
    return not isinstance(pagination, Mapping) or pagination.get("strategy") != "url_list"


# "" takes back what a layer below has set: TOML has no null.
_Emptied = BeforeValidator(_none_if_blank)
Selector = Annotated[str, AfterValidator(_checked_selector)]
Url = Annotated[str, AfterValidator(_checked_url)]
PageUrl = Annotated[str, AfterValidator(_checked_page_url)]
Pattern = Annotated[str, AfterValidator(_checked_pattern)]
HostName = Annotated[str, AfterValidator(_checked_host)]
HeaderName = Annotated[str, AfterValidator(_checked_header_name)]
HeaderValue = Annotated[str, AfterValidator(_checked_header_value)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Pagination(_Table):
    """Which pages the listing has."""

    strategy: Literal["numbered", "url_list"] = Field(
        default="numbered",
        description="numbered: pages 1 to the last; url_list: the URLs that -a urls or -a url names.",
    )
    page_url: PageUrl = Field(
        description="The URL of page 2 and up, with {page} for its number; relative to start as a link on "
        'it would be, such as "page/{page}/" or "?page={page}".'
    )
    last_page: Annotated[int | None, Field(ge=1), _Emptied] = Field(
        default=None, description="Number of the last page, from 1. Without it the first page read tells."
    )
    pager: Annotated[Selector | None, _Emptied] = Field(
        default=None,
        description="The element around the pager: whole numbers and links in it are page numbers.",
    )
    page_size: Annotated[int | None, Field(ge=1), _Emptied] = Field(
        default=None, description="Cards on a full page: declared total ÷ page_size pages."
    )

    @model_validator(mode="before")
    @classmethod
    def _page_url_unless_urls_are_listed(cls, table: Any) -> Any:
        return _required(table, "page_url", when=_needs_pages(table))


class Listing(_Table):
    """What stands on a listing page."""

    card: Annotated[Selector | None, _Emptied] = Field(
        default=None,
        description="Matches each product's card once; counted, so that an empty page is noticed.",
    )


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _checked_place(place: str) -> str:
    check_place(place)
    return place


Places = Annotated[
    tuple[Annotated[str, AfterValidator(_checked_place)], ...], BeforeValidator(_as_list), Field(strict=False)
]


class ProductPlaces(_Table):
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


class Limits(_Table):
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


class Retry(_Table):
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


class Robots(_Table):
    """Whether robots.txt is obeyed."""

    reason: Annotated[str | None, _Emptied] = Field(
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


class Expectations(_Table):
    """What the shop says of itself, so that a crawl can tell whether it is complete."""

    total: Annotated[Selector | None, _Emptied] = Field(
        default=None, description="Where the shop prints how many products the listing has."
    )
    total_pattern: Annotated[Pattern | None, _Emptied] = Field(
        default=None,
        description="Regular expression with one group around the total. Without it: the largest number.",
    )


class SiteProfile(_Table):
    """A shop as data. Read by `ecomscraper.sites.loader`, never changed afterwards."""

    name: str = Field(description="The name of the profile's file, without .toml.")
    description: str = Field(default="", description="What kind of shop it is, in one line.")
    start: Url = Field(description='Page 1 of the listing, http or https, such as "https://shop.example/all/".')
    platform: Annotated[str | None, _Emptied] = Field(
        default=None, description="The preset that this profile builds on."
    )
    title: Annotated[Selector | None, _Emptied] = Field(
        default=None, description="Where a page's title stands; without it the document's own title."
    )
    pagination: Pagination
    listing: Listing = Listing()
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
        pagination = table.get("pagination", {})
        return _required({"pagination": {}, **table}, "start", when=_needs_pages(pagination))

    @property
    def page_template(self) -> str:
        """`pagination.page_url` as an absolute URL that still holds `{page}`; "" for a list of URLs."""
        if not self.pagination.page_url:
            return ""
        return urljoin(self.start, self.pagination.page_url)

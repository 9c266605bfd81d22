"""What a profile may say about a shop. The values come from TOML, so the types are strict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import urljoin

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ecomscraper.pages.product_selectors import ProductSelectors
from ecomscraper.pagination.page_ref import MOST_LISTINGS, quoted
from ecomscraper.pagination.session_ids import page_key
from ecomscraper.sites.access_tables import Blocks, FirstRequest, Identity, Proxies
from ecomscraper.sites.listing_tables import Api, Pagination, required, strategy_of
from ecomscraper.sites.value_types import (
    PAGE_SIZE,
    CookieName,
    CookieValue,
    Emptied,
    HeaderName,
    HeaderValue,
    HostName,
    Pattern,
    Places,
    Selector,
    Table,
    Url,
    Urls,
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

    @cached_property
    def selectors(self) -> ProductSelectors:
        """The same for the rules that read products."""
        return ProductSelectors(**self.model_dump())


class Limits(Table):
    """How hard the shop may be asked. `-s` on the command line beats it."""

    concurrency: int = Field(default=2, ge=1, description="Requests in flight at once, for each host.")
    delay_seconds: float = Field(default=0.5, ge=0, description="Seconds between two requests to one host.")
    timeout_seconds: float = Field(default=30.0, gt=0, description="Seconds that one try of one request may take.")
    throttle: Literal["adaptive", "auto", "fixed"] | None = Field(
        default=None,
        description="adaptive: finds what serves best within the limits; auto: Scrapy's AutoThrottle; "
        "fixed: concurrency and delay as they stand; ECOM_THROTTLE.",
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
    start: Url = Field(
        description='Page 1 of the listing, http or https, such as "https://shop.example/all/"; starts names several.'
    )
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
    starts: Urls = Field(
        default=(),
        description="Page 1 of each listing of a shop that has several, such as its categories; or sitemaps.",
    )
    menu: Annotated[Selector | None, Emptied] = Field(
        default=None,
        description='The links on the page at start that lead to the listings, such as "nav.categories a".',
    )
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
    cookies: Mapping[CookieName, CookieValue] = Field(
        default={}, repr=False, description="Sent with each request to the shop."
    )
    blocks: Blocks = Blocks()
    identity: Identity = Identity()
    first_request: FirstRequest = FirstRequest()
    proxies: Proxies = Proxies()
    robots: Robots = Robots()
    expectations: Expectations = Expectations()

    @field_validator("first_request")
    @classmethod
    def _a_session_needs_its_cookies(cls, wanted: FirstRequest, info: ValidationInfo) -> FirstRequest:
        identity = info.data.get("identity")
        if wanted.url is not None and identity is not None and not identity.keep_cookies:
            raise ValueError("needs identity.keep_cookies = true: without cookies no session lasts")
        if wanted.form and wanted.url is None:
            raise ValueError("has a form and no url to post it to")
        return wanted

    @model_validator(mode="before")
    @classmethod
    def _start_unless_urls_are_listed(cls, table: Any) -> Any:
        if not isinstance(table, Mapping):
            return table
        table = {"pagination": {}, **table}
        is_needed = strategy_of(table["pagination"]) != "url_list" and not table.get("starts")
        return required(table, "start", when=is_needed)

    @field_validator("starts")
    @classmethod
    def _starts_are_listings(cls, starts: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        pagination = info.data.get("pagination")
        if not starts or not isinstance(pagination, Pagination):
            return starts
        if start := info.data.get("start"):
            raise ValueError(f'stands instead of start = {quoted(start)}: keep one of the two; "" takes one back')
        if pagination.strategy == "url_list":
            raise ValueError('needs listings, which pagination.strategy = "url_list" has none of')
        if len(starts) > MOST_LISTINGS:
            raise ValueError(f"names {len(starts)} listings, must be at most {MOST_LISTINGS}")
        times = Counter(map(page_key, starts))
        if twice := next((url for url in starts if times[page_key(url)] > 1), None):
            raise ValueError(f"names {quoted(twice)} twice")
        if twins := same_pages(pagination, starts):
            raise ValueError(twins)
        return starts

    @field_validator("menu")
    @classmethod
    def _menu_leads_to_listings(cls, menu: str | None, info: ValidationInfo) -> str | None:
        pagination = info.data.get("pagination")
        if menu is None or not isinstance(pagination, Pagination):
            return menu
        if info.data.get("starts"):
            raise ValueError("finds the listings that starts names: keep one of the two")
        if pagination.strategy in ("sitemap", "url_list"):
            raise ValueError(
                f'needs listings of pages, which pagination.strategy = "{pagination.strategy}" has none of'
            )
        if twins := same_pages(pagination, ("https://shop.example/one/", "https://shop.example/two/")):
            raise ValueError(twins)
        return menu

    @property
    def has_listings(self) -> bool:
        """It is read as several listings. Several sitemaps are one list of products: their order is the crawl's."""
        return self.menu is not None or (bool(self.starts) and self.pagination.strategy != "sitemap")

    @property
    def all_starts(self) -> tuple[str, ...]:
        """Where a crawl begins; empty for a shop whose URLs are listed elsewhere."""
        return self.starts or ((self.start,) if self.start else ())

    def of_listing(self, start: str) -> SiteProfile:
        """The same shop with one listing only."""
        return self.model_copy(update={"start": start, "starts": (), "menu": None})

    def of_page(self, url: str) -> SiteProfile:
        """What a page is read with of which nothing is known but its URL: as one of the listing that this begins with.

        Where only the menu knows the listings, it is taken for the first page of one.
        """
        if not self.has_listings:
            return self
        above = [start for start in self.starts if url.startswith(start.rstrip("/"))]
        return self.of_listing(max(above, key=len, default=url))

    @property
    def page_template(self) -> str:
        """`pagination.page_url` as an absolute URL that still holds `{page}`, `{offset}`, `{cursor}`; "" without."""
        return _page_template(self.pagination, self.start)


def same_pages(pagination: Pagination, starts: Iterable[str]) -> str | None:
    """In words, which two listings would have the same pages behind the first one; None where each has its own."""
    start_of: dict[str, str] = {}
    for start in starts if pagination.page_url else ():
        other = start_of.setdefault(_page_template(pagination, start), start)
        if other != start:
            return (
                f"pagination.page_url = {quoted(pagination.page_url)} leads from {quoted(other)} and {quoted(start)} "
                'to the same page 2: write it relative to both, or set pagination.strategy = "next_link"'
            )
    return None


def _page_template(pagination: Pagination, start: str) -> str:
    return _template(pagination.page_url, pagination.page_size, start) if pagination.page_url else ""


@lru_cache(maxsize=64)  # each page asks for it
def _template(page_url: str, page_size: int | None, start: str) -> str:
    return urljoin(start, page_url.replace(PAGE_SIZE, str(page_size)))

"""What a profile may say about who asks the shop, by which way, and how the shop says no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ecomscraper.sites.value_types import Emptied, Selector, Table


class Blocks(Table):
    """What this shop's block pages have in them, beside the marks of the known protections."""

    selector: Annotated[Selector | None, Emptied] = Field(
        default=None, description="Matches something on each block page, and nothing on any other."
    )
    text: Annotated[str | None, Emptied] = Field(
        default=None, description="Stands in the HTML of each block page, and of no other."
    )


class Identity(Table):
    """Who we say we are."""

    browser: Literal["any", "chrome", "edge", "firefox", "safari"] | None = Field(
        default=None, description="Send the headers of a browser of this kind; without it our own name."
    )
    keep_cookies: bool = Field(default=False, description="Keep the shop's cookies through the crawl; COOKIES_ENABLED.")


class FirstRequest(Table):
    """What begins a session before the first page is asked for."""

    url: Annotated[str | None, Emptied] = Field(
        default=None, description='Relative to `start`, as "/login"; goes with identity.keep_cookies = true.'
    )
    form: Mapping[str, str] = Field(
        default={}, repr=False, description="Fields of a form that is posted; without it the page is just asked for."
    )


class Proxies(Table):
    """By which proxies the shop is asked. What is not set here is as the setting says."""

    list: Annotated[str | None, Emptied] = Field(
        default=None,
        description='A list\'s name in ECOM_PROXIES, by which everything goes out; "none" for none; ECOM_PROXIES_LIST.',
    )
    sticky: Literal["no", "page", "crawl"] | None = Field(
        default=None,
        description="page: a page and its redirects go by one proxy; crawl: the whole crawl; ECOM_PROXIES_STICKY.",
    )
    each_concurrency: int | None = Field(
        default=None, ge=1, description="Requests in flight by one proxy; ECOM_PROXIES_EACH_REQUESTS."
    )
    each_delay_seconds: float | None = Field(
        default=None, ge=0, description="Seconds between two requests by one proxy; ECOM_PROXIES_EACH_DELAY_SECONDS."
    )

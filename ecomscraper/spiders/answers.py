"""Between Scrapy's requests and responses and the ledger's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from ecomscraper.archive.packing import PackedAnswer, packed
from ecomscraper.blocks.evidence import OwnMarker, block_evidence
from ecomscraper.blocks.markers import HEADERS
from ecomscraper.items import Bundle
from ecomscraper.ledger.ledger import PageFailure, PendingPage
from ecomscraper.pages.document import Document
from ecomscraper.pages.guards import PageLimits, PageRefused
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pages.opening import open_page
from ecomscraper.pagination.page_ref import LISTING
from ecomscraper.sites.access_tables import Blocks
from ecomscraper.sites.profile import SiteProfile
from ecomscraper.verdict.failures import reason_of, words_of
from ecomscraper.verdict.page import PageProblem
from ecomscraper.verdict.reasons import meaning_of

MOST_DETAIL = 500  # characters of an error that the database keeps
KEEP = "ecom_keep"  # request meta: true where the answer is to be kept
FETCHED_AT = "ecom_fetched_at"  # request meta: when its answer was fetched
_SAFE_URL = re.compile(
    r"https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?::(?:[1-9]\d{0,3}|[1-5]\d{4}))?/[\w.~/-]*(?:\?[\w.~/=&+-]+)?", re.ASCII
)

_TELLING = frozenset(name.title().encode() for name, _, _ in HEADERS)  # as Scrapy spells them


class PageRequest(Request):
    """Its URL is put right where it is not: on one that is right, as nearly all are, Scrapy spends 20 µs."""

    def _set_url(self, url: str) -> None:
        if _SAFE_URL.fullmatch(url):
            self._url = url
        else:
            super()._set_url(url)


def page_request(
    page: PendingPage,
    profile: SiteProfile,
    *,
    callback: Callable[..., Any],
    errback: Callable[..., Any],
    method: str = "GET",
    body: bytes = b"",
    keep: bool = False,
) -> Request:
    """The request for a page of the ledger. Its key is the position: the dupe filter has no say.

    `keep`: its answer goes into the archive.
    """
    headers = dict(profile.headers)
    if profile.pagination.strategy == "api" and page.kind == LISTING and not _names(headers, "accept"):
        headers["Accept"] = "application/json"
    cookies: dict[Any, Any] = dict(profile.cookies)
    if cookies and not _names(headers, "cookie"):
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return PageRequest(
        page.url,
        method=method,
        body=body,
        headers=headers,
        cookies=cookies,  # for the jar; where there is none, the header
        callback=callback,
        errback=errback,
        dont_filter=True,
        meta={"ecom_page": page, "retry_times": page.attempts, **({KEEP: True} if keep else {})},
    )


def position_of(request: Request | None) -> int | None:
    """The ledger's key of a request, or None for one that is not of the ledger (robots.txt)."""
    page = request.meta.get("ecom_page") if request is not None else None
    return page.position if isinstance(page, PendingPage) else None


def fetched_at(response: Response) -> datetime:
    """When the shop answered, one moment for all that the answer gives: now, unless it comes from an archive."""
    moment: datetime = response.meta.get(FETCHED_AT) or datetime.now(UTC)
    response.meta[FETCHED_AT] = moment
    return moment


def stored_answer(response: Response, items: list[Any], listing: ListingPage) -> Bundle:
    """The bundle of a page that gave what it must give."""
    page: PendingPage = response.meta["ecom_page"]
    return Bundle(
        position=page.position,
        items=items,
        url=page.url,
        final_url=response.url,
        http_status=response.status,
        fetched_at=fetched_at(response),
        size_bytes=len(response.body),
        attempts=_attempts(response.request),
        declared_total=listing.declared_total,
        last_page=listing.last_page,
        cards=listing.cards,
        next_url=listing.next_url,
        fingerprint=listing.fingerprint,
        packed=_packed(response),
    )


def failed_answer(response: Response, problem: PageProblem, listing: ListingPage | None = None) -> PageFailure:
    """A page that answered, but not with what it must give."""
    page: PendingPage = response.meta["ecom_page"]
    return PageFailure(
        position=page.position,
        reason=problem.reason,
        detail=problem.detail[:MOST_DETAIL],
        attempts=_attempts(response.request),
        http_status=response.status,
        final_url=response.url,
        fetched_at=fetched_at(response),
        size_bytes=len(response.body),
        declared_total=listing.declared_total if listing else None,
        last_page=listing.last_page if listing else None,
        cards=listing.cards if listing else None,
        next_url=listing.next_url if listing else None,
        fingerprint=listing.fingerprint if listing else None,
        packed=_packed(response),
    )


def open_answer(response: Response, limits: PageLimits) -> Document:
    """The parsed page of an answer. Raises PageRefused where it must not or cannot be parsed."""
    content_type = _text(response.headers.get("Content-Type"))
    return open_page(response.body, content_type=content_type, url=response.url, limits=limits)


def block_problem(
    response: Response, document: Document, listing: ListingPage | None, blocks: Blocks
) -> PageProblem | None:
    """The evidence that the shop refused to serve us, or None. `listing`: what the page shows of one."""
    page: PendingPage = response.meta["ecom_page"]
    evidence = block_evidence(
        document,
        response.body,
        status=response.status,
        headers={} if _TELLING.isdisjoint(response.headers) else headers_of(response),
        asked_url=page.url,
        has_listing_marks=listing is not None and bool(listing.cards or listing.declared_total or listing.last_page),
        own_marker=OwnMarker(blocks.selector, blocks.text),
    )
    return PageProblem("blocked", evidence.words) if evidence else None


def failed_request(failure: Failure, limits: PageLimits, blocks: Blocks) -> PageFailure:
    """A page whose request ended in an exception; `failure.request` is that request."""
    exception = failure.value or RuntimeError(str(failure))
    reason = reason_of(exception)
    problem = PageProblem(reason, words_of(exception) or meaning_of(reason))
    if isinstance(exception, HttpError):
        return failed_answer(exception.response, block_on_error_page(exception.response, limits, blocks) or problem)
    request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
    page: PendingPage = request.meta["ecom_page"]
    return PageFailure(
        position=page.position,
        reason=problem.reason,
        detail=problem.detail[:MOST_DETAIL],
        attempts=_attempts(request),
        final_url=request.url,
        fetched_at=request.meta.get(FETCHED_AT, datetime.now(UTC)),
    )


def block_on_error_page(response: Response, limits: PageLimits, blocks: Blocks) -> PageProblem | None:
    """The evidence of a block in an answer that is not what was asked for, or None."""
    try:
        return block_problem(response, open_answer(response, limits), None, blocks)
    except PageRefused:  # an error page may be anything
        return None


def headers_of(response: Response) -> dict[str, str]:
    """The headers of an answer by their names in lower case."""
    return {_text(name).lower(): _text(b", ".join(values)) for name, values in response.headers.items()}


def _names(headers: Mapping[str, str], name: str) -> bool:
    return any(each.lower() == name for each in headers)


def _text(header: bytes | None) -> str:
    return (header or b"").decode("latin-1")


def _packed(response: Response) -> PackedAnswer | None:
    return packed(response.headers, response.body) if response.meta.get(KEEP) else None


def _attempts(request: Request | None) -> int:
    return int(request.meta["retry_times"]) + 1 if request is not None else 1

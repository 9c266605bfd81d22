"""Any list of endpoints: what each one answered, in the order of the list, with a row also for those that failed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from ecomscraper.exceptions import ArgumentError
from ecomscraper.items import Answer, Bundle
from ecomscraper.ledger.crawl import Crawl
from ecomscraper.ledger.ledger import PageFailure, PendingPage
from ecomscraper.ledger.opening import crawl_for
from ecomscraper.pace.downloader import SENT_AT
from ecomscraper.pace.repeatable import is_repeatable
from ecomscraper.pace.retry import REPEATABLE
from ecomscraper.pages.endpoint_answer import Body, read_body, said_error
from ecomscraper.pages.listing import ListingPage
from ecomscraper.pagination.endpoints import Endpoint
from ecomscraper.spiders.answers import failed_answer, headers_of, page_request, stored_answer
from ecomscraper.spiders.reading import PageReader
from ecomscraper.verdict.page import PageProblem

ANSWERED_AT = "ecom_answered_at"  # request meta: seconds of the monotonic clock
METHOD = "ecom_method"  # request meta: as asked for; a redirect may change the request's
NO_LISTING = ListingPage("", None, None, None)


class FetchSpider(Spider):
    """`scrapy crawl fetch -a urls=FILE [-a error=/pointer] -O answers.jsonl`"""

    name = "fetch"
    item_class = Answer
    takes_endpoints = True
    own_arguments = ("error",)
    crawl: Crawl
    reader: PageReader

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> FetchSpider:
        crawl = crawl_for(cls, kwargs, crawler.settings)
        spider = cls(crawl=crawl, reader=PageReader(crawler, crawl))
        spider._set_crawler(crawler)
        crawler.signals.connect(_note_the_time, signals.response_downloaded)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        if not await self.reader.begins():
            return
        async for page in self.crawl.feeder.pages():
            try:
                yield self._request(page)
            except ArgumentError as error:  # the list was changed while we read it
                await self.crawl.settle(PageFailure(page.position, "bad_url", str(error), attempts=0))

    async def parse(self, response: Response) -> AsyncIterator[Bundle]:
        body = _body(response)
        problem = self._problem(response, body)
        if problem and problem.reason == "blocked" and await self.reader.goes_elsewhere(response, problem.detail):
            return
        if problem:
            failure = failed_answer(response, problem)
            _add_row(failure, response.request, response, body)
            await self.crawl.settle(failure)
        else:
            self.reader.served(response)
            yield stored_answer(response, [_answer(response.request, response, body)], NO_LISTING)

    async def give_up(self, failure: Failure) -> None:
        await self.reader.give_up(failure, keep=self._keep)

    def _request(self, page: PendingPage) -> Request:
        """Raises ArgumentError where the list does not hold the endpoint any more."""
        endpoints = self.crawl.plan.endpoints
        endpoint = endpoints.at(page.position, page.url) if endpoints else Endpoint(page.url)
        request = page_request(
            page,
            self.crawl.profile,
            callback=self.parse,
            errback=self.give_up,
            method=endpoint.method,
            body=endpoint.body,
        )
        request.headers.setdefault("Accept", "*/*")  # by Scrapy's own, which asks for HTML, some APIs answer a page
        request.headers.update(endpoint.headers)
        request.meta[METHOD] = endpoint.method
        request.meta[REPEATABLE] = is_repeatable(endpoint.method, endpoint.headers)
        return request

    def _keep(self, page: PageFailure, failure: Failure) -> None:
        response = failure.value.response if isinstance(failure.value, HttpError) else None
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        body = _body(response) if response is not None else Body(None, None)
        _add_row(page, request, response, body)
        if error := self._said_error(body):  # it says more than its status
            page.detail = error
        if SENT_AT not in request.meta:
            page.attempts, page.fetched_at = 0, None

    def _said_error(self, body: Body) -> str | None:
        pointer = self.crawl.plan.error
        return said_error(body.json, pointer) if pointer is not None and body.json is not None else None

    def _problem(self, response: Response, body: Body) -> PageProblem | None:
        """What is wrong with an answer of a status that is none of an error, or None."""
        if body.json is not None:
            error = self._said_error(body)
            return PageProblem("answer_error", error) if error else None
        if body.text and body.text.lstrip().startswith("<") and (block := self.reader.block_shown(response)):
            return block
        if self.crawl.plan.error is not None and response.body:
            return PageProblem("not_json", "an answer that may declare an error must be JSON")
        return None


def _note_the_time(response: Response, request: Request) -> None:
    request.meta[ANSWERED_AT] = time.monotonic()


def _add_row(page: PageFailure, request: Request | None, response: Response | None, body: Body) -> None:
    assert request is not None
    page.kept = [_answer(request, response, body)]
    page.repeatable = request.meta[REPEATABLE]


def _body(response: Response) -> Body:
    return read_body(response.body, headers_of(response).get("content-type", ""))


def _answer(request: Request | None, response: Response | None, body: Body) -> Answer:
    """The row of an endpoint, as far as its page in the ledger does not say it."""
    assert request is not None
    page: PendingPage = request.meta["ecom_page"]
    return Answer(
        position=page.position,
        method=request.meta[METHOD],
        url=page.url,
        final_url=response.url if response else None,
        status=response.status if response else None,
        seconds=_seconds(request),
        bytes=len(response.body) if response else None,
        content_type=headers_of(response).get("content-type") if response else None,
        json=body.json,
        text=body.text,
        reason=None,
        error=None,
        attempts=page.attempts + 1,
        fetched_at=datetime.now(UTC),
    )


def _seconds(request: Request) -> float | None:
    """Of the last try; a redirect's target has its own."""
    sent = request.meta.get(SENT_AT)
    if sent is None:
        return None
    answered = request.meta.get(ANSWERED_AT, 0.0)
    return round(float((answered if answered > sent else time.monotonic()) - sent), 4)

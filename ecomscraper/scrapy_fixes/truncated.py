"""Answers that lack their end fail like any other broken download, and are retried like one.

Scrapy calls `process_exception` only for what the download itself or a `process_request` raises. An
exception that is raised in `process_response` goes straight to the errback: no retry sees it, no proxy is
blamed. But whether a body is whole is only known once it was decompressed, and that happens in
`process_response`; hence `fail_as_download`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import ResponseDataLossError

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

# What the user asked for is no accident: `DOWNLOAD_FAIL_ON_DATALOSS = False`, and a signal handler's
# `StopDownload`.
WANTED_AS_IT_IS = frozenset({"dataloss", "download_stopped"})


class TruncatedResponseError(ResponseDataLossError):
    """The answer is shorter than it should be, or its compression is broken; `str()` says how that is known.

    A `ResponseDataLossError`, so Scrapy's `RETRY_EXCEPTIONS` hold for it.
    """


def must_be_whole(response: Response) -> bool:
    """Whether a missing end matters: pages do, but of an error page the status is what counts."""
    return 200 <= response.status < 300 and WANTED_AS_IT_IS.isdisjoint(response.flags)


async def fail_as_download(crawler: Crawler, request: Request, error: TruncatedResponseError) -> Request | Response:
    """What the downloader middlewares make of `error`: a request to try again; else it raises `error`."""
    return await crawler.engine.downloader.middleware._process_exception(error, request)

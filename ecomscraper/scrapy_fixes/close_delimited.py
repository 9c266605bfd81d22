"""HTML pages whose end only the connection marks, and which have no end of their own, are failed downloads.

A body with neither `Content-Length` nor chunks ends where the connection does (RFC 9112 §6.3, rule 8), so a
server that dies in the middle of a page looks like one that is done: such a body counts as complete (§8).
Scrapy passes it on with the flag `partial`, which is on every whole page of this kind, too.

HTML can say more: a page has `</body>` or `</html>` at its end. Both may be left out (HTML Standard
§13.1.2.4), so this is a judgement: a page of this kind that shows neither counts as truncated, because a
page that fails is seen and a page that lacks its second half is not. Other types than HTML pass, with
their flag. Scrapy's HTTP/1.1 handler sets the flag; its aiohttp handler does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

from scrapy.http import HtmlResponse

from ecomscraper.scrapy_fixes.truncated import TruncatedResponseError, fail_as_download, must_be_whole

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

END_TAG = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)


def lacks_its_end(response: Response) -> bool:
    """Whether only the connection ended this page, and the page itself shows no end."""
    return "partial" in response.flags and isinstance(response, HtmlResponse) and not END_TAG.search(response.text)


class CloseDelimitedMiddleware:
    """Fails pages without an end as truncated. Sits at 585, where bodies are decompressed already."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(
        self, request: Request, response: Response
    ) -> Response | Coroutine[Any, Any, Request | Response]:
        if not lacks_its_end(response) or not must_be_whole(response):
            return response
        error = TruncatedResponseError("the connection ended before the page did: no </body>, no </html>")
        return fail_as_download(self._crawler, request, error)

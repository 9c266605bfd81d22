"""The request that begins a session before the first page is asked for: a login, a currency, a country."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urljoin

from scrapy import FormRequest, Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from ecomscraper.sites.profile import SiteProfile
from ecomscraper.verdict.failures import words_of

logger = logging.getLogger(__name__)


def first_request(profile: SiteProfile) -> Request | None:
    """The request that the profile wants first, or None: a form where it has one, else a page."""
    wanted = profile.first_request
    if wanted.url is None:
        return None
    url = urljoin(profile.start, wanted.url)
    headers = dict(profile.headers)
    cookies: dict[Any, Any] = dict(profile.cookies)
    if wanted.form:
        form = dict(wanted.form)
        return FormRequest(url, formdata=form, headers=headers, cookies=cookies, callback=NO_CALLBACK, dont_filter=True)
    return Request(url, headers=headers, cookies=cookies, callback=NO_CALLBACK, dont_filter=True)


async def begin_session(crawler: Crawler, request: Request) -> bool:
    """Whether the session stands; where it does not the crawl ends, and says so without a word of the form."""
    try:
        response = await crawler.engine.download_async(request)
    except IgnoreRequest as error:
        why = str(error)
    except Exception as error:  # whatever it is, there is no session
        why = words_of(error) or type(error).__name__
    else:
        if response.status < 400:
            logger.info("The session began with %s (HTTP %d)", request.url, response.status)
            return True
        why = f"HTTP {response.status}"
    logger.error("The first request, %s, failed: %s", request.url, why)
    await crawler.engine.close_spider_async(reason="no_session")
    return False

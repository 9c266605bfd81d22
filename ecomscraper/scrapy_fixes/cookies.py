"""Cookies without a second network.

The defect (Scrapy 2.19.0): the first `Set-Cookie` has tldextract fetch the list of public suffixes from the Internet,
past all limits, proxies and time-outs of the crawl, while nothing else can run. Measured without a network: two
attempts, and then the list that tldextract brings along. Here it is that one from the start.

It may go when the test of plain Scrapy in `tests/scrapy_fixes/test_cookies.py` finds no such list asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from http.cookiejar import Cookie

from scrapy import Request
from scrapy.downloadermiddlewares import cookies
from scrapy.http.cookies import CookieJar
from scrapy.utils.httpobj import urlparse_cached
from tldextract import TLDExtract

_split = TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


class CookiesMiddleware(cookies.CookiesMiddleware):
    """Takes the place of Scrapy's, at 700."""

    def _process_cookies(self, cookies: Iterable[Cookie], *, jar: CookieJar, request: Request) -> None:
        host = urlparse_cached(request).hostname
        for cookie in cookies:
            domain = cookie.domain.removeprefix(".")
            if domain and not _split(domain).domain:  # a public suffix, which no shop can speak for
                if domain != host:
                    continue
                cookie.domain = domain
            jar.set_cookie_if_ok(cookie, request)

"""What a robots.txt allows, as RFC 9309 has it: https://www.rfc-editor.org/rfc/rfc9309.html

| the fetch gave                             | then                                  | section   |
|--------------------------------------------|---------------------------------------|-----------|
| 2xx                                        | the rules of the file                 | 2.3.1.1   |
| 3xx                                        | up to five are followed, to any host; | 2.3.1.2   |
|                                            | after that everything is allowed      |           |
| 4xx                                        | everything is allowed                 | 2.3.1.3   |
| 5xx, a time-out, a lost connection         | nothing is allowed                    | 2.3.1.4   |
| a file that was read in the last 24 hours  | it is not read again                  | 2.4       |
| a file that cannot be read again           | the old one holds                     | 2.4       |
| more than 500 KiB                          | the rules of the first 500 KiB        | 2.5       |

One status is taken more strictly than the RFC asks: 429 says "slow down", not "there is no such file", so
nothing is allowed until an answer comes (2.3.1.3 says a crawler MAY access, not that it must).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from protego import Protego

from ecomscraper.reach.hosts import plain_origin

MAX_REDIRECTS = 5
MAX_BYTES = 500 * 1024
MAX_AGE_SECONDS = 24 * 3600
# Not in the RFC: while a robots.txt cannot be read, it is asked for again at most this often.
UNREACHABLE_AGE_SECONDS = 60

REDIRECTS = frozenset({301, 302, 303, 307, 308})
TOO_MANY_REQUESTS = 429

_PRODUCT = re.compile(r"\s*([^\s/();,]+)")
_COMPATIBLE = re.compile(r"\(compatible;\s*([^\s/();,]+)", re.IGNORECASE)


class Access(StrEnum):
    """What the fetch of a robots.txt opens, before any of its rules is looked at."""

    BY_RULE = "by_rule"
    EVERYTHING = "everything"
    NOTHING = "nothing"


class Rules(Protocol):
    """The parsed file; Scrapy's `RobotParser` is one."""

    def allowed(self, url: str, user_agent: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class RequestRate:
    """`Request-rate: 3/10s`: 3 requests in each 10 seconds. The hours of the day it may name are dropped."""

    requests: int
    seconds: float

    @property
    def spacing_seconds(self) -> float:
        """Seconds from one request to the next at an even pace."""
        return self.seconds / self.requests


@dataclass(frozen=True, slots=True)
class Politeness:
    """How fast a robots.txt asks us to be; None where it does not say."""

    crawl_delay_seconds: float | None = None
    request_rate: RequestRate | None = None

    @property
    def spacing_seconds(self) -> float:
        """The least seconds from one request to the next that keep both wishes; 0 where there is none."""
        rate = self.request_rate.spacing_seconds if self.request_rate else 0
        return max(self.crawl_delay_seconds or 0, rate)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a URL may not be fetched; `str()` says it in plain words.

    `transient`: the file could not be read, so a later try may find the URL allowed.
    """

    url: str
    robots_url: str
    transient: bool
    why: str

    def __str__(self) -> str:
        return f"{self.robots_url} {self.why}: {self.url}"


@dataclass(frozen=True, slots=True)
class RobotsTxt:
    """One host's robots.txt as it was last read.

    `found` says in a few words what the fetch gave ("HTTP 404", "timed out"), `read_at` is in seconds of
    a monotonic clock, `rules` is there exactly where `access` is `BY_RULE`.
    """

    url: str
    access: Access
    found: str
    read_at: float
    rules: Rules | None = None
    politeness: Politeness = Politeness()

    def is_fresh(self, now: float) -> bool:
        """Whether it still holds at `now`, in seconds of the clock of `read_at`."""
        age = UNREACHABLE_AGE_SECONDS if self.access is Access.NOTHING else MAX_AGE_SECONDS
        return now - self.read_at < age

    def refusal(self, url: str, user_agent: str) -> Refusal | None:
        """Why `user_agent` may not fetch `url`, or None where it may."""
        if self.access is Access.NOTHING:
            return Refusal(url, self.url, True, f"could not be read ({self.found}), so nothing may be fetched")
        if self.rules and not self.rules.allowed(url, user_agent):
            return Refusal(url, self.url, False, f"does not allow {user_agent!r} to fetch this URL")
        return None


def robots_url(url: str) -> str:
    """The robots.txt that rules over `url`: at its scheme, host and port, without user and password."""
    if origin := plain_origin(url):
        return f"{origin.lower()}/robots.txt"
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}/robots.txt"


@lru_cache
def product_token(user_agent: str) -> str:
    """The crawler's own name in a User-Agent, which is what groups are chosen by (2.2.1).

    >>> product_token("ecomscraper/1.0 (+https://pypi.org/)"), product_token("Mozilla/5.0 (compatible; Foobot/2.1)")
    ('ecomscraper', 'Foobot')

    A browser's User-Agent has none and is taken as it is. The whole string would also match groups that are named
    like a word of it: `User-agent: pypi` for the address above.
    """
    compatible = _COMPATIBLE.search(user_agent)
    product = _PRODUCT.match(user_agent)
    if compatible:
        return compatible[1]
    return product[1] if product and product[1].lower() != "mozilla" else user_agent


def access(status: int) -> Access:
    """What an answer with this HTTP status opens. A redirect is one more than the caller may follow."""
    if 200 <= status < 300:
        return Access.BY_RULE
    if 300 <= status < 500 and status != TOO_MANY_REQUESTS:
        return Access.EVERYTHING
    return Access.NOTHING


def redirect_target(url: str, status: int, location: str | None) -> str | None:
    """The absolute http(s) URL that an answer redirects to, or None."""
    if status not in REDIRECTS or not location:
        return None
    try:
        target = urljoin(url, location.strip())
        is_http = urlsplit(target).scheme in {"http", "https"} and bool(urlsplit(target).hostname)
    except ValueError:  # a malformed IPv6 address
        return None
    return target if is_http else None


def parsed_part(body: bytes) -> bytes:
    """The part of a file that is parsed: its first 500 KiB, up to the end of a line.

    A rule that is cut in the middle would be another rule: `Disallow: /cart` cut to `Disallow: /` closes
    the shop.
    """
    if len(body) <= MAX_BYTES:
        return body
    part = body[:MAX_BYTES]
    return part[: max(part.rfind(b"\n"), part.rfind(b"\r")) + 1]


def politeness(body: bytes, user_agent: str) -> Politeness:
    """`Crawl-delay` (seconds) and `Request-rate` of the group that holds for `user_agent`.

    Neither is part of RFC 9309 (2.2.4 lets crawlers interpret other records). Values that are no number,
    negative, endless or zero count as absent.
    """
    parsed = Protego.parse(body.decode("utf-8-sig", errors="ignore"))
    delay = parsed.crawl_delay(user_agent)
    rate = parsed.request_rate(user_agent)
    return Politeness(
        crawl_delay_seconds=delay or None,
        request_rate=RequestRate(rate.requests, float(rate.seconds)) if rate else None,
    )


def newest(old: RobotsTxt | None, new: RobotsTxt) -> RobotsTxt:
    """What holds after `new` was read: `new`, but the old one where the file was known and cannot be read
    now.

    The old one then counts as read so long ago that the file is asked for again after
    `UNREACHABLE_AGE_SECONDS`.
    """
    if old is None or new.access is not Access.NOTHING or old.access is Access.NOTHING:
        return new
    return replace(old, read_at=new.read_at - MAX_AGE_SECONDS + UNREACHABLE_AGE_SECONDS)

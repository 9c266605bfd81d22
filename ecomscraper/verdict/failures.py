"""From what Scrapy and Twisted raise to a reason of the closed list."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from twisted.internet import error
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseFailed

from ecomscraper.archive.outcomes import NotArchived
from ecomscraper.pace.outcomes import SiteGivenUp
from ecomscraper.proxies.outcomes import NoProxyLeft, ProxyFailed
from ecomscraper.reach.outcomes import OutOfReach
from ecomscraper.robots.middleware import ForbiddenByRobots
from ecomscraper.verdict.reasons import http_reason

# What lies inside says more than the class it is wrapped in.
_REASON_OF_A_CAUSE: tuple[tuple[type[BaseException], str], ...] = (
    (ParseError, "bad_response"),
    (_DecompressionMaxSizeExceeded, "too_large"),
    (error.ConnectionLost, "connection_lost"),  # in the middle of a body, too: a reset is no end
)
# The first class that fits, so the narrow ones stand first.
_REASON_OF: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (error.TimeoutError, "timeout"),
    (DeferredTimeoutError, "timeout"),
    (TimeoutError, "timeout"),
    (CannotResolveHostError, "dns"),
    (error.DNSLookupError, "dns"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (error.ConnectionRefusedError, "connection_refused"),
    (ResponseDataLossError, "truncated"),
    (DownloadCancelledError, "too_large"),
    (UnsupportedURLSchemeError, "bad_url"),
    (NotSupported, "bad_url"),
    (error.SSLError, "tls"),
    (error.ConnectError, "connection_refused"),
    (DownloadFailedError, "connection_lost"),
    (ResponseFailed, "connection_lost"),
    (error.ConnectionLost, "connection_lost"),
    (error.ConnectionDone, "connection_lost"),
    (OSError, "connection_lost"),
)
_REASON_OF_IGNORED = (  # Scrapy says why in words only
    ("max redirections reached", "redirect_loop"),
    ("offsite", "offsite"),
)


def reason_of(exception: BaseException) -> str:
    """The reason for a page whose request ended in `exception`; "bug" for one that nobody foresaw."""
    if isinstance(exception, HttpError):
        return http_reason(exception.response.status)
    if isinstance(exception, ForbiddenByRobots):
        return "robots_unreachable" if exception.refusal.transient else "robots"
    if isinstance(exception, SiteGivenUp | NoProxyLeft):
        return "blocked"
    if isinstance(exception, ProxyFailed):
        return "proxy"
    if isinstance(exception, NotArchived):
        return exception.reason
    if isinstance(exception, OutOfReach):
        return exception.refusal.reason
    for cause in _causes(exception):
        if _is_tls(cause):
            return "tls"
        if isinstance(cause, ValueError) and isinstance(exception, DownloadFailedError):
            return "bad_response"  # Twisted could not make sense of a header
        for kind, reason in _REASON_OF_A_CAUSE:
            if isinstance(cause, kind):
                return reason
    if isinstance(exception, IgnoreRequest):
        said = str(exception).lower()
        return next((reason for words, reason in _REASON_OF_IGNORED if words in said), "dropped")
    return next((reason for kind, reason in _REASON_OF if isinstance(exception, kind)), "bug")


def words_of(exception: BaseException) -> str:
    """What happened, in the words of the innermost error that has some; "" where none has."""
    if isinstance(exception, HttpError):
        return f"the shop answered {exception.response.status}"
    if isinstance(exception, ProxyFailed):
        return str(exception)
    said = [str(cause.args[0]) if isinstance(cause, ParseError) else str(cause) for cause in _causes(exception)]
    return next((words for words in said if words), "")


def _causes(exception: BaseException) -> list[BaseException]:
    """What an exception wraps, the innermost first: Twisted keeps failures in lists, Python one in a chain."""
    chain = [exception]
    inner = exception.__cause__
    while inner is not None and inner not in chain:
        chain.insert(0, inner)
        inner = inner.__cause__
    wrapped = [each.value for cause in chain for each in getattr(cause, "reasons", ())]
    return [*wrapped, *chain]


def _is_tls(cause: BaseException) -> bool:
    return type(cause).__module__.startswith(("OpenSSL", "ssl", "service_identity"))

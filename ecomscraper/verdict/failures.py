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
from twisted.internet import error
from twisted.internet.defer import TimeoutError as DeferredTimeoutError
from twisted.web.client import ResponseFailed

from ecomscraper.robots.middleware import ForbiddenByRobots
from ecomscraper.verdict.reasons import http_reason

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
    if isinstance(exception, IgnoreRequest):
        said = str(exception).lower()
        return next((reason for words, reason in _REASON_OF_IGNORED if words in said), "dropped")
    if _is_tls(exception):
        return "tls"
    return next((reason for kind, reason in _REASON_OF if isinstance(exception, kind)), "bug")


def _is_tls(exception: BaseException) -> bool:
    """Twisted wraps the TLS library's error in one that says only that the connection was not clean."""
    causes = getattr(exception, "reasons", None) or [exception.__cause__ or exception]
    names = [f"{type(getattr(each, 'value', each)).__module__}" for each in causes]
    return any(name.startswith(("OpenSSL", "ssl", "service_identity")) for name in names)

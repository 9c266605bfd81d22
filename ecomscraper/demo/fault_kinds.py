"""Every way in which the demo shop can misbehave, and how a correct crawler ends each: one table.

A crawler ends a page as stored, or as failed with a reason. `transient` says whether another try may mend it:
a page whose first K tries fail in such a way is stored by a crawler that tries more than K times.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Parameters = dict[str, str | int | float]

STORED = ""
"""The reason of a page that does not fail."""

_TRANSIENT_STATUSES = frozenset({407, 408, 425, 429, 500, 502, 503, 504, *range(520, 527)})


@dataclass(frozen=True, slots=True)
class FaultKind:
    """`parameters` are names with their defaults; `KIND=VALUE` sets the first one."""

    name: str
    reason: str
    transient: bool
    meaning: str
    parameters: Parameters = field(default_factory=dict)


_MIB = 1024 * 1024

FAULT_KINDS = {
    kind.name: kind
    for kind in (
        # ---- the shop refuses or is late ----
        FaultKind(
            "status",
            "http_{code}",
            True,  # for the statuses in _TRANSIENT_STATUSES
            "an error page with this status; `retry_after` is seconds, `date:SECONDS` from now, or any text; "
            "`rate_limit` adds `ietf` (RateLimit-*) or `x` (X-RateLimit-*) headers",
            {"code": 503, "retry_after": "", "rate_limit": ""},
        ),
        FaultKind("banned", "blocked", True, "a page that asks for a captcha", {"code": 200}),
        FaultKind("slow", STORED, True, "the right answer after a while", {"seconds": 1.0}),
        FaultKind("hang", "timeout", True, "not a byte, for so long", {"seconds": 600.0}),
        # ---- the connection breaks ----
        FaultKind("reset", "connection_lost", True, "a reset (RST) instead of an answer"),
        FaultKind("reset_body", "connection_lost", True, "a reset (RST) in the middle of the body"),
        FaultKind("close", "connection_lost", True, "closed (FIN) instead of an answer"),
        FaultKind("close_headers", "connection_lost", True, "closed in the middle of the headers"),
        FaultKind(
            "half_close",
            "connection_lost",
            True,
            "the shop's side closed without an answer, the other side left open",
            {"seconds": 600.0},
        ),
        # ---- the body is not what its frame says ----
        FaultKind("truncated", "truncated", True, "half the body, shorter than its Content-Length"),
        FaultKind("cut", "truncated", True, "half the body, without any length, then closed"),
        FaultKind("cut_chunked", "truncated", True, "half the body in chunks, no last chunk, then closed"),
        FaultKind(
            "short_length", STORED, True, "a Content-Length of half the body: no byte tells, but its cards are missing"
        ),
        FaultKind("no_length", STORED, True, "the whole body without any length, then closed"),
        FaultKind("bad_length", "bad_response", True, "a Content-Length that is no number"),
        FaultKind("garbage", "bad_response", True, "bytes that are not HTTP"),
        FaultKind("stalled", "timeout", True, "half the body, then silence", {"seconds": 600.0}),
        FaultKind("drip", "timeout", True, "the body so slowly that it never ends", {"bytes_per_second": 20}),
        # ---- too much ----
        FaultKind("endless", "too_large", False, "a body without end", {"bytes": 1024 * _MIB}),
        FaultKind("endless_headers", "too_large", False, "headers without end", {"bytes": 1024 * _MIB}),
        FaultKind("large", "too_large", False, "a body of this size, honestly declared", {"bytes": 32 * _MIB}),
        FaultKind(
            "bomb",
            "too_large",
            False,
            "a small body that unpacks to this size; `encoding` is gzip, br or zstd",
            {"encoding": "gzip", "bytes": 256 * _MIB},
        ),
        FaultKind("deep", "too_deep", False, "this many elements inside each other", {"depth": 100_000}),
        FaultKind("many_attributes", "too_many_attributes", False, "one tag with so many", {"attributes": 50_000}),
        # ---- the bytes are not what they are said to be ----
        FaultKind("broken_gzip", "truncated", True, "a gzip body with spoilt bytes"),
        FaultKind("truncated_gzip", "truncated", True, "half a gzip body, with the length of that half"),
        FaultKind("wrong_charset", STORED, True, "UTF-8 (and says so in its meta) sent as ISO-8859-1"),
        FaultKind("no_charset", STORED, True, "UTF-8 without a charset in header or page"),
        FaultKind("legacy_charset", STORED, True, "windows-1252, honestly declared"),
        FaultKind("nul_bytes", STORED, True, "NUL bytes between the tags, before the title too"),
        FaultKind("invalid_utf8", STORED, True, "bytes that are not UTF-8, before the title too"),
        FaultKind("binary", "not_html", False, "an image sent as text/html"),
        FaultKind(
            "json",
            "not_html",
            False,
            "JSON instead of HTML; `error` is what it says of itself",
            {"content_type": "application/json", "error": ""},
        ),
        # ---- the page is not the page ----
        FaultKind("no_title", "no_title", False, "no title in the head, only those of icons"),
        FaultKind("empty", "no_title", False, "status 200 and no body at all"),
        FaultKind("soft_404", "no_cards", False, "the text of a 404 with status 200"),
        FaultKind("redirect_loop", "redirect_loop", False, "a redirect that leads to itself"),
        FaultKind("redirect_offsite", "offsite", False, "a redirect to another host"),
        FaultKind("redirect_file", "offsite", False, "a redirect to a file: address"),
        FaultKind("redirect_page", STORED, True, "a redirect onto another page of the listing", {"page": 1}),
    )
}


def reason_of(kind: FaultKind, parameters: Parameters) -> str:
    """The reason with its parameters filled in, `http_503` for example; STORED if the page does not fail."""
    return kind.reason.format(**parameters)


def is_transient(kind: FaultKind, parameters: Parameters) -> bool:
    """Whether another try may mend it."""
    if kind.name == "status":
        return parameters["code"] in _TRANSIENT_STATUSES
    return kind.transient

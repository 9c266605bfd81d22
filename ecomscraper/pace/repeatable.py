"""Which requests may be sent again when nobody knows whether the first one did its work."""

from __future__ import annotations

from collections.abc import Iterable

# RFC 9110 §9.2.2: sent twice, they do what they do once.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
# https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/: the server does the work once a key.
IDEMPOTENCY_KEY = "idempotency-key"

NOT_PROCESSED = frozenset({
    "connection_refused", "dns", "robots_unreachable",  # it never left, or arrived nowhere
    "http_407",  # a proxy kept it
    "http_408", "http_425", "http_429", "http_503",  # by these the server says that it did not begin
})  # fmt: skip
"""Reasons after which any request may be sent again; after others, such as a time-out, the server may have acted."""


def is_repeatable(method: str, header_names: Iterable[str]) -> bool:
    """Whether the request may be sent again whatever became of it.

    >>> is_repeatable("POST", ["Content-Type"]), is_repeatable("POST", ["Idempotency-Key"])
    (False, True)
    """
    return method in IDEMPOTENT or any(name.lower() == IDEMPOTENCY_KEY for name in header_names)

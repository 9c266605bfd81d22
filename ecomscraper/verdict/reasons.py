"""Why a page failed: the one closed list. `http_<status>` stands for every status that is no success."""

from __future__ import annotations

from dataclasses import dataclass

from ecomscraper.pace.transient import transient


@dataclass(frozen=True, slots=True)
class Reason:
    """`transient`: another try may succeed, so resume opens the page again without being asked."""

    name: str
    transient: bool
    meaning: str


REASONS = {
    reason.name: reason
    for reason in (
        Reason("timeout", True, "no complete answer within the time limit"),
        Reason("connection_refused", True, "nobody listens at the shop's address"),
        Reason("connection_lost", True, "the connection broke before the answer was complete"),
        Reason("dns", True, "the host name could not be resolved"),
        Reason("tls", False, "the shop's certificate or its encryption was refused"),
        Reason("truncated", True, "the answer is shorter than it says, or its compression is broken"),
        Reason("blocked", True, "the shop refused to serve us"),
        Reason("proxy", True, "its proxy failed"),
        Reason("robots", False, "robots.txt does not allow it"),
        Reason("robots_unreachable", True, "robots.txt could not be read, which forbids everything"),
        Reason("too_large", False, "the answer is larger than the limit"),
        Reason("too_deep", False, "the page's elements are nested deeper than the limit"),
        Reason("too_many_attributes", False, "a tag of the page has more attributes than the limit"),
        Reason("bad_response", True, "the answer is not HTTP"),
        Reason("redirect_loop", False, "too many redirects"),
        Reason("offsite", False, "redirected to another host or scheme"),
        Reason("forbidden_address", False, "the address is private, and nobody named it"),
        Reason("bad_url", False, "the URL cannot be fetched"),
        Reason("not_html", False, "the answer is not an HTML page"),
        Reason("not_json", False, "the answer is not JSON"),
        Reason("answer_error", False, "the answer says itself that it is an error"),
        Reason("not_sitemap", False, "the answer is no sitemap"),
        Reason("no_list", False, "the answer holds no list of products"),
        Reason("no_listings", False, "the menu leads to no listings"),
        Reason("no_title", False, "the page has no title"),
        Reason("no_cards", False, "a listing page without products"),
        Reason("no_products", False, "the page shows no product"),
        Reason("past_the_end", False, "the listing ended before this page"),
        Reason("repeated_page", False, "the listing leads back to what was read before"),
        Reason("soft_404", False, "a link leads to a page without products"),
        Reason("page_limit", False, "the listing has more pages than are followed"),
        Reason("invalid", False, "no item of the page is valid"),
        Reason("not_archived", False, "the crawl that is read again has no answer of it"),
        Reason("dropped", False, "another component dropped the request or its items"),
        Reason("bug", False, "our own code raised an exception"),
    )
}


_REFUSALS = frozenset({"blocked", "http_401", "http_403", "http_429", "http_503"})


def http_reason(status: int) -> str:
    """`http_404` for 404. Raises ValueError where `status` is not three digits."""
    if not 100 <= status <= 599:
        raise ValueError(f"{status} is no HTTP status")
    return f"http_{status}"


def meaning_of(reason: str) -> str:
    """`reason` in a few words. Raises KeyError for an unknown one."""
    return f"the shop answered {reason[5:]}" if reason.startswith("http_") else REASONS[reason].meaning


def is_refusal(reason: str | None) -> bool:
    """Whether a try that ended with `reason` was refused: the shop answers, and would not serve us, or not now."""
    return reason in _REFUSALS


def is_transient(reason: str) -> bool:
    """Whether resume opens a page that failed with `reason` again. Raises KeyError for an unknown reason."""
    if reason.startswith("http_"):
        return transient(reason) is not None
    return REASONS[reason].transient

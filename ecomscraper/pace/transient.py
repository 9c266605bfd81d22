"""Which failures another try may mend, and why. The keys are the reasons of `ecomscraper.verdict.reasons`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Transient:
    """A failure that may pass. `refusal`: the shop says that we are too much, so the whole site slows down."""

    why: str
    refusal: bool = False


_PROXY = "somebody between us and the shop could not reach it"  # 520 to 526 are Cloudflare's own

TRANSIENT: dict[str, Transient] = {
    # answers
    "http_407": Transient("a proxy, not the shop, refused: the next try may go by another one"),
    "http_408": Transient("the shop gave up waiting for our request (RFC 9110 §15.5.9)"),
    "http_425": Transient("the shop would not serve early data (RFC 8470 §5.2)"),
    "http_429": Transient("too many requests (RFC 6585 §4)", refusal=True),
    "http_500": Transient("the shop failed on this page, often once only"),
    "http_502": Transient(_PROXY),
    "http_503": Transient("the shop is overloaded or in maintenance (RFC 9110 §15.6.4)", refusal=True),
    "http_504": Transient(_PROXY),
    "http_520": Transient("the shop's answer to Cloudflare was empty or broken"),
    "http_521": Transient("the shop refused Cloudflare's connection"),
    "http_522": Transient("the shop did not take Cloudflare's connection in time"),
    "http_523": Transient("Cloudflare found no way to the shop"),
    "http_524": Transient("the shop did not answer Cloudflare in time"),
    "http_525": Transient("Cloudflare and the shop agreed on no encryption"),
    "http_526": Transient("the shop showed Cloudflare an invalid certificate, as it does while one is replaced"),
    # no answer, or half of one
    "timeout": Transient("slow now, perhaps not later"),
    "connection_refused": Transient("nobody listens, as while a server restarts"),
    "connection_lost": Transient("the connection broke"),
    "dns": Transient("name servers fail and recover"),
    "truncated": Transient("the answer broke off"),
    "bad_response": Transient("what answered does not speak HTTP, as while a server restarts"),
    "proxy": Transient("the shop was not asked: the next try goes by another one"),
    "robots_unreachable": Transient("robots.txt is asked for again after a minute"),
}

_AS_THE_PROFILE_SAYS = Transient("the site's profile says that this status passes", refusal=True)


def transient(reason: str, also_statuses: Collection[int] = ()) -> Transient | None:
    """Why another try may mend a page that failed with `reason` ("http_503", "timeout"), or None where it will not.

    `also_statuses` are the site's own: the profile of a shop that answers 403 to those who are too fast names 403. Such
    an answer is a refusal.
    """
    known = TRANSIENT.get(reason)
    if known is None and reason in {f"http_{status}" for status in also_statuses}:
        return _AS_THE_PROFILE_SAYS
    return known
